using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace RespKv.Server.Net;

/// <summary>
/// Linux epoll over sockets, edge-triggered: a socket is told of each time that more of it comes, not as long as there is something. Any number of threads may wait; each event goes to one of them.
/// </summary>
internal sealed partial class Epoll : IDisposable
{
    private const int ControlAdd = 1;
    private const int CloseOnExecute = 0x80000;
    private const int InterruptedError = 4;

    // Readable, end of what the peer sends, edge-triggered; that the socket has failed is told in any case.
    private const uint Readable = 0x001;
    private const uint PeerEnded = 0x2000;
    private const uint EdgeTriggered = 1u << 31;
    private const uint Failed = 0x008;
    private const uint HungUp = 0x010;

    // struct epoll_event { uint32 events; uint64 data } is packed on x86-64 and aligned to 8 bytes elsewhere.
    private static readonly int EventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int DataOffset = EventBytes - sizeof(ulong);

    private readonly int descriptor;

    /// <exception cref="Win32Exception">There are no descriptors left.</exception>
    public Epoll()
    {
        descriptor = Create(CloseOnExecute);
        if (descriptor < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>Room for so many events.</summary>
    public static byte[] NewEvents(int count) => GC.AllocateArray<byte>(count * EventBytes, pinned: true);

    /// <summary>Tells of a descriptor from now on, and now if there is something in it, until it is closed.</summary>
    /// <param name="watched">The descriptor.</param>
    /// <param name="index">What its events will say.</param>
    /// <exception cref="Win32Exception">The system has no memory for it.</exception>
    public void Add(int watched, int index)
    {
        Span<byte> wanted = stackalloc byte[EventBytes];
        wanted.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(wanted, Readable | PeerEnded | EdgeTriggered);
        BinaryPrimitives.WriteInt32LittleEndian(wanted[DataOffset..], index);
        if (Control(descriptor, ControlAdd, watched, ref MemoryMarshal.GetReference(wanted)) < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>Waits for events; how many there are, 0 after the time.</summary>
    /// <param name="events">Room for them.</param>
    /// <param name="milliseconds">How long; -1 for as long as it takes.</param>
    public int Wait(byte[] events, int milliseconds)
    {
        var count = WaitFor(descriptor, ref MemoryMarshal.GetArrayDataReference(events), events.Length / EventBytes, milliseconds);
        if (count >= 0)
            return count;
        var error = Marshal.GetLastPInvokeError();
        return error == InterruptedError ? 0 : throw new Win32Exception(error);
    }

    /// <summary>What the event says that the descriptor was added with.</summary>
    public static int IndexOf(byte[] events, int n) => BinaryPrimitives.ReadInt32LittleEndian(events.AsSpan((n * EventBytes) + DataOffset));

    /// <summary>Whether the peer sends nothing more behind what has come, or the socket has failed.</summary>
    public static bool IsEnd(byte[] events, int n) => (BinaryPrimitives.ReadUInt32LittleEndian(events.AsSpan(n * EventBytes)) & (PeerEnded | Failed | HungUp)) != 0;

    public void Dispose() => _ = Close(descriptor);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(int epoll, int operation, int watched, ref byte wanted);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int WaitFor(int epoll, ref byte events, int eventsMax, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int watched);
}
