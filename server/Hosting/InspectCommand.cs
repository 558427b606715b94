using System.CommandLine;
using System.Globalization;
using RespKv.Server.Storage.Durability;
using RespKv.Server.Storage.Upkeep;

namespace RespKv.Server.Hosting;

/// <summary><c>respkv inspect</c>: counts what a data folder holds, by namespace, from its frames alone.</summary>
internal static class InspectCommand
{
    private static readonly Option<string> Folder = DataFolderOption.Create();

    public static Command Create()
    {
        var command = new Command("inspect", "Count keys, bytes and garbage in a data folder, which no server uses, by namespace.") { Folder };
        command.SetAction(line => DataFolderOption.Run(1, () => Inspect(line.GetValue(Folder)!)));
        return command;
    }

    private static int Inspect(string path)
    {
        using var folder = DataFolder.OpenToRead(path);
        folder.RefuseNewerFormats();
        var origin = RecoveryBase.Newest(folder);
        var tally = new NamespaceTally(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        if (origin != null)
            FrameReplay.Run(folder, origin, tally);
        var table = new TextTable("namespace", "keys", "fields", "key bytes", "value bytes", "metadata bytes", "with expiry", "expired", "large values", "large bytes", "garbage frames", "garbage bytes");
        foreach (var f in tally.Figures())
            table.Add(f.Name, f.Keys, f.Fields, f.KeyBytes, f.ValueBytes, f.MetadataBytes, f.WithExpiry, f.Expired, f.LargeValues, f.LargeBytes, f.GarbageFrames, f.GarbageBytes);
        table.WriteTo(Console.Out);
        if (tally.Libraries.Count > 0)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"functions: {tally.Libraries.Count} libraries, {tally.Libraries.Values.Sum(source => (long)source.Length)} bytes of source"));
        TellFiles("checkpoints", folder.Checkpoints().Select(folder.CheckpointPath));
        TellFiles("log", folder.Segments().Select(folder.LogPath));
        if (origin != null)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a start replays the log from position {origin.From} to {origin.End}"));
        return 0;
    }

    private static void TellFiles(string name, IEnumerable<string> paths)
    {
        var files = paths.Select(path => new FileInfo(path)).ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {files.Sum(file => file.Length)} bytes in {files.Count} files"));
    }
}
