using System.Diagnostics;
using System.Globalization;

namespace RespKv.Tests.Support;

/// <summary>A file system of a few megabytes in memory, which can be filled and emptied.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder mount = new();

    public SmallDisk(int megabytes)
    {
        Run("mount", "-t", "tmpfs", "-o", $"size={megabytes.ToString(CultureInfo.InvariantCulture)}m", "tmpfs", mount.Path);
    }

    /// <summary>A folder on it.</summary>
    public string Folder => mount["data"];

    /// <summary>Takes all but so many bytes.</summary>
    public void FillAllBut(long bytes)
    {
        using var filler = File.Create(mount["filler"]);
        var block = new byte[4096];
        for (var left = new DriveInfo(mount.Path).AvailableFreeSpace - bytes; left > 0; left -= block.Length)
            filler.Write(block);
    }

    /// <summary>Gives back what <see cref="FillAllBut"/> has taken.</summary>
    public void Empty() => File.Delete(mount["filler"]);

    public void Dispose()
    {
        Run("umount", "-l", mount.Path);
        mount.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
