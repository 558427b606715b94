using System.Globalization;

namespace RespKv.Load;

/// <summary>What Linux tells of a process under /proc. Null for a process that is unknown (a server on another machine).</summary>
internal static class ProcessFigures
{
    // USER_HZ, the unit of /proc/<pid>/stat, is 100 on every Linux that .NET runs on: a run of a second is known to one per cent.
    private const int ClockTicksPerSecond = 100;

    /// <summary>User and system time of all threads, those that ended included.</summary>
    public static TimeSpan? CpuTime(int? processId)
    {
        if (processId is null)
        {
            return null;
        }

        // The second field, the program's name in brackets, may hold anything; fields 14 and 15 count from behind it.
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds((double)ticks / ClockTicksPerSecond);
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
