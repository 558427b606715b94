using System.Runtime.InteropServices;

namespace RespKv.Server.Net;

/// <summary>The processor time of one thread, which any other may ask for (Linux).</summary>
internal sealed partial class ThreadTime
{
    // What the kernel makes of a thread's number to name its clock: the number's complement above three bits, which say "a thread's" and "as scheduled".
    private const int ClockBits = 3;
    private const int ThreadClock = 6;

    // Older C libraries have no function of their own for this call.
    private static readonly nint GetThreadNumber = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 186 : 178;

    private readonly int clock = (~(int)Call(GetThreadNumber) << ClockBits) | ThreadClock;

    /// <summary>Nanoseconds that the thread that made this has run.</summary>
    public long Nanoseconds => GetTime(clock, out var time) == 0 ? (time.Seconds * 1_000_000_000) + time.Nanoseconds : 0;

    [LibraryImport("libc", EntryPoint = "syscall")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Call(nint number);

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
