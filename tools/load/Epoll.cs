using System.Buffers.Binary;
using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RespKv.Load;

/// <summary>
/// The sockets of one load thread, waited for with Linux epoll, level-triggered. One system call per wake-up, whatever the number
/// of connections, and time-outs in nanoseconds (glibc 2.35, Linux 5.11). Used by one thread only.
/// </summary>
internal sealed class Epoll : IDisposable
{
    private const int EventsMax = 256;
    private const int ControlAdd = 1;
    private const int ControlModify = 3;
    private const uint Readable = 0x001;
    private const uint Writable = 0x004;
    private const int InterruptedError = 4;
    private const int SetTimerSlack = 29;

    // struct epoll_event { uint32 events; uint64 data } is packed on x86-64 and aligned to 8 bytes elsewhere.
    private static readonly bool IsPacked = RuntimeInformation.ProcessArchitecture == Architecture.X64;
    private static readonly int EventBytes = IsPacked ? 12 : 16;
    private static readonly int DataOffset = IsPacked ? 4 : 8;

    private readonly int descriptor;
    private readonly byte[] ready = new byte[EventsMax * EventBytes];

    public Epoll()
    {
        descriptor = epoll_create1(0);
        if (descriptor < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Lets time-outs of the calling thread end on time; Linux otherwise adds up to 50 us.</summary>
    public static void SharpenTimeouts() => _ = prctl(SetTimerSlack, 1, 0, 0, 0);

    /// <summary>Waits for <paramref name="socket"/> to be readable; <see cref="ReadyAt"/> then answers <paramref name="index"/>.</summary>
    public void Add(Socket socket, int index) => Control(ControlAdd, socket, index, Readable);

    /// <summary>Says whether to wake for room in the send buffer too.</summary>
    public void WatchForRoom(Socket socket, int index, bool watch) =>
        Control(ControlModify, socket, index, watch ? Readable | Writable : Readable);

    /// <summary>Number of sockets that are ready, 0 after <paramref name="timeoutNs"/>.</summary>
    public int Wait(long timeoutNs)
    {
        var timeout = new Timespec(timeoutNs / 1_000_000_000, timeoutNs % 1_000_000_000);
        var count = epoll_pwait2(descriptor, ready, EventsMax, in timeout, IntPtr.Zero);
        if (count >= 0)
        {
            return count;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == InterruptedError ? 0 : throw new Win32Exception(error);
    }

    /// <summary>Index of the <paramref name="n"/>th ready socket of the last <see cref="Wait"/>.</summary>
    public int ReadyAt(int n) => BinaryPrimitives.ReadInt32LittleEndian(ready.AsSpan(n * EventBytes + DataOffset));

    public void Dispose() => _ = close(descriptor);

    private void Control(int operation, Socket socket, int index, uint events)
    {
        Span<byte> wanted = stackalloc byte[EventBytes];
        wanted.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(wanted, events);
        BinaryPrimitives.WriteInt32LittleEndian(wanted[DataOffset..], index);
        if (epoll_ctl(descriptor, operation, (int)socket.Handle, ref MemoryMarshal.GetReference(wanted)) < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timespec(long seconds, long nanoseconds)
    {
        public readonly long Seconds = seconds;
        public readonly long Nanoseconds = nanoseconds;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_create1(int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_ctl(int epoll, int operation, int socket, ref byte wanted);

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_pwait2(int epoll, byte[] ready, int readyMax, in Timespec timeout, IntPtr signalMask);

    [DllImport("libc")]
    private static extern int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [DllImport("libc")]
    private static extern int close(int descriptor);
}
