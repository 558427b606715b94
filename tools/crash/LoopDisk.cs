using System.Diagnostics;

namespace RespKv.Crash;

/// <summary>
/// A file system of its own, in a file that the system uses as a disk. A copy of that file shows what has reached the disk at a moment: what was written and not synced is still in the system's cache.
/// Needs root.
/// </summary>
internal sealed class LoopDisk : IDisposable
{
    private readonly string work;
    private readonly string image;
    private readonly string mount;

    /// <param name="work">A folder to work in.</param>
    /// <param name="megabytes">Bytes of the disk, in MB.</param>
    public LoopDisk(string work, int megabytes)
    {
        this.work = work;
        image = Path.Combine(work, "disk");
        mount = Directory.CreateDirectory(Path.Combine(work, "mounted")).FullName;
        using (var file = File.Create(image))
            file.SetLength(megabytes * 1024L * 1024);
        Run("mkfs.ext4", "-q", image);
        // Nothing but a sync is to write, as far as the system lets itself be told.
        Run("mount", "-o", "loop,commit=900,noatime", image, mount);
    }

    /// <summary>Whether this process may mount.</summary>
    public static bool IsAllowed => OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && File.Exists("/dev/loop-control");

    /// <summary>A folder on it.</summary>
    public string Folder => Path.Combine(mount, "data");

    /// <summary>Copies what is on the disk at this moment of <see cref="Folder"/>, as it would be found after a power cut, to an empty folder.</summary>
    public void CopyCut(string target)
    {
        var copy = Path.Combine(work, "cut");
        File.Copy(image, copy, overwrite: true);
        var there = Directory.CreateDirectory(Path.Combine(work, "cut-mounted")).FullName;
        Run("mount", "-o", "loop", copy, there);
        try
        {
            Files.Copy(Path.Combine(there, "data"), target);
        }
        finally
        {
            Run("umount", there);
            File.Delete(copy);
        }
    }

    /// <summary>Puts other files in the place of those in <see cref="Folder"/>, and syncs them.</summary>
    public void Replace(string source)
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
        Files.Copy(source, Folder);
        Run("sync", "-f", mount);
    }

    public void Dispose() => Run("umount", "-l", mount);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error}");
    }
}
