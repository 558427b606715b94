using System.CommandLine;
using System.Globalization;
using RespKv.Server.Storage.Durability;
using RespKv.Server.Storage.Upkeep;

namespace RespKv.Server.Hosting;

/// <summary><c>respkv check</c>: reads all of a data folder and says whether it is whole. It changes nothing, and no server may use the folder meanwhile.</summary>
internal static class CheckCommand
{
    /// <summary>Exit codes: 0 is whole.</summary>
    private const int Damaged = 1;

    private const int Unreadable = 2;

    private static readonly Option<string> Folder = DataFolderOption.Create();

    public static Command Create()
    {
        var command = new Command("check", "Read all of a data folder, which no server uses, and tell whether it is whole; the exit code is 0 when it is, 1 when it is damaged, 2 when it cannot be read.") { Folder };
        command.SetAction(line => DataFolderOption.Run(Unreadable, () => Check(line.GetValue(Folder)!)));
        return command;
    }

    /// <summary>The exit code for a command line that is wrong: with this command 1 means something else.</summary>
    public static int UsageCode(ParseResult line) => line.CommandResult.Command.Name == "check" ? Unreadable : 1;

    private static int Check(string path)
    {
        using var folder = DataFolder.OpenToRead(path);
        var survey = FolderSurvey.Of(folder);
        var table = new TextTable("file", "kind", "bytes", "frames", "positions", "state");
        foreach (var row in FileRow.Of(survey))
            table.Add(row.Name, row.Kind, row.Bytes, row.Frames, row.Positions, row.State);
        table.WriteTo(Console.Out);
        if (survey.Damages.Count > 0)
            return TellDamage(survey);
        Console.WriteLine(Verdict(survey));
        return 0;
    }

    private static string Verdict(FolderSurvey survey)
    {
        var libraries = survey.References.Libraries.Count is > 0 and var count ? string.Create(CultureInfo.InvariantCulture, $", {count} libraries of functions") : "";
        var verdict = string.Create(
            CultureInfo.InvariantCulture,
            $"whole: {survey.Checkpoints.Count} checkpoints, {survey.Segments.Count} segments of the log, {survey.References.All.Count} large values{libraries}; the log ends at position {survey.Best?.End ?? 0}");
        return survey.Best?.Log.LostBytes is > 0 and var tail
            ? string.Create(CultureInfo.InvariantCulture, $"{verdict}; {tail} bytes behind it are not whole, as a power cut leaves them: the next start cuts them off")
            : verdict;
    }

    private static int TellDamage(FolderSurvey survey)
    {
        Console.WriteLine("damaged: " + survey.Damages[0]);
        foreach (var more in survey.Damages.Skip(1))
            Console.WriteLine("  and " + more);
        Console.WriteLine(survey.Starts ? "  a server starts on it all the same" : "  no server starts on it");
        Console.WriteLine($"  respkv repair --dir {survey.Folder.Path} would:");
        foreach (var step in RepairCommand.StepsFor(survey))
            Console.WriteLine("    " + step);
        return Damaged;
    }
}
