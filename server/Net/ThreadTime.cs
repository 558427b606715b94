using System.Runtime.InteropServices;

namespace RespKv.Server.Net;

/// <summary>The processor time of one thread, which any other may ask for (Linux).</summary>
internal sealed partial class ThreadTime
{
    // What the kernel makes of a thread's number to name its clock: the number's complement above three bits, which say "a thread's" and "as scheduled".
    private const int ClockBits = 3;
    private const int ThreadClock = 6;

    private readonly int clock = (~ThreadNumber() << ClockBits) | ThreadClock;

    /// <summary>Nanoseconds that the thread that made this has run.</summary>
    public long Nanoseconds => GetTime(clock, out var time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : 0;

    [LibraryImport("libc", EntryPoint = "gettid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ThreadNumber();

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
