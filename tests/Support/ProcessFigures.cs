using System.Diagnostics;
using System.Globalization;

namespace RespKv.Tests.Support;

/// <summary>What Linux says of a running process.</summary>
internal static class ProcessFigures
{
    /// <summary>Bytes of physical memory that it has now.</summary>
    public static long ResidentBytes(int processId) => StatusBytes(processId, "VmRSS:");

    /// <summary>The most bytes of physical memory that it has had.</summary>
    public static long PeakResidentBytes(int processId) => StatusBytes(processId, "VmHWM:");

    /// <summary>Time that processors have spent on it.</summary>
    public static TimeSpan ProcessorTime(int processId)
    {
        using var process = Process.GetProcessById(processId);
        return process.TotalProcessorTime;
    }

    /// <summary>Whether another process follows all its threads, as <c>strace</c> does.</summary>
    public static bool IsTraced(int processId) =>
        Directory.GetDirectories($"/proc/{processId}/task").All(task => !File.ReadAllText(Path.Combine(task, "status")).Contains("TracerPid:\t0\n", StringComparison.Ordinal));

    /// <summary>File descriptors that it has open.</summary>
    public static int Descriptors(int processId) => Directory.GetFiles($"/proc/{processId}/fd").Length;

    /// <summary>Sets how many file descriptors it may have open; those that are stay.</summary>
    public static async Task LimitDescriptorsAsync(int processId, int most)
    {
        var start = new ProcessStartInfo("prlimit", ["--pid", processId.ToString(CultureInfo.InvariantCulture), $"--nofile={most.ToString(CultureInfo.InvariantCulture)}:"]);
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException("prlimit ended with " + process.ExitCode.ToString(CultureInfo.InvariantCulture));
    }

    private static long StatusBytes(int processId, string name)
    {
        var line = File.ReadLines($"/proc/{processId}/status").Single(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
