using System.Globalization;

namespace RespKv.Load;

/// <summary>What Linux tells of a process under /proc. Null for a process that is unknown (a server on another machine).</summary>
internal static class ProcessFigures
{
    // USER_HZ, the unit of /proc/<pid>/stat, is 100 on every Linux that .NET runs on: a run of a second is known to one per cent.
    private const int ClockTicksPerSecond = 100;

    /// <summary>User and system time of all threads and of child processes, those that ended included: Redis writes its files anew in a child.</summary>
    public static TimeSpan? CpuTime(int? processId)
    {
        if (processId is null)
        {
            return null;
        }

        // The second field, the program's name in brackets, may hold anything; fields 14 to 17 count from behind it.
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = fields[11..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
        return TimeSpan.FromSeconds((double)ticks / ClockTicksPerSecond);
    }

    /// <summary>How long the calling thread has run or has waited for a core, so far; null where the kernel does not count it.</summary>
    public static TimeSpan? BusyOfThisThread()
    {
        const string path = "/proc/thread-self/schedstat";
        if (!File.Exists(path))
        {
            return null;
        }

        var fields = File.ReadAllText(path).Split(' ');
        var ns = long.Parse(fields[0], CultureInfo.InvariantCulture) + long.Parse(fields[1], CultureInfo.InvariantCulture);
        return TimeSpan.FromMicroseconds(ns / 1e3);
    }

    /// <summary>Memory of the process that is in RAM now, in bytes.</summary>
    public static long? ResidentBytes(int? processId)
    {
        if (processId is null)
        {
            return null;
        }

        var line = File.ReadLines($"/proc/{processId}/status").First(each => each.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line["VmRSS:".Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
    }
}
