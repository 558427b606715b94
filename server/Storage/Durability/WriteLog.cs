using System.Buffers.Binary;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace RespKv.Server.Storage.Durability;

/// <summary>
/// The write log. Writers put frames in a ring, under the lock of the record that they write; before replies go out, whoever sends them has the ring written to the file, usually himself and at once
/// (<see cref="TryWrite"/>); where that would take long or a sync is needed, he waits for the log's own thread (<see cref="WaitAsync"/>).
/// </summary>
internal sealed partial class WriteLog : IDisposable
{
    /// <summary>How far positions go on at a start, so that those of a lost tail are not given twice.</summary>
    public const ulong RestartStep = 1UL << 32;

    /// <summary>Where positions begin: none is 0, and none is small enough to be taken for something else.</summary>
    public const ulong FirstPosition = 4096;

    /// <summary>Bytes that what changes names of namespaces takes at the most.</summary>
    public const long NamesRoomBytes = 64 << 10;

    // A thread that has work of its own waits so long for another one's write before it parks what it does.
    private const int SpinsMax = 200;

    // A write that took longer, 20 ms, is a sign that the system holds writers up (it does so for tens of milliseconds and more; a thread that merely lost its core is back before); for a while,
    // 200 ms or until it has written so many times without being held up, the log's thread then writes alone.
    private const int EasyWrites = 8;
    private static readonly long SlowTicks = Stopwatch.Frequency / 50;
    private static readonly long EasyTicks = Stopwatch.Frequency / 1000;
    private static readonly long SlowPeriodTicks = Stopwatch.Frequency / 5;

    private readonly LogRing ring;
    private readonly Lock writing = new();

    // What the ring had no room for while the file could not take it: written before what is in the ring. Under the lock.
    private readonly Queue<byte[]> setAside = new();
    private LogSegment? segment;
    private ulong written;
    private ulong barrier;
    private ulong unitsBegin;
    private ulong unitsEnd;
    private volatile bool isRecording;
    private volatile bool takesNoChanges;
    private volatile string? failure;
    private long slowUntil;
    private int easyWrites;

    public WriteLog(ulong start) => ring = new LogRing(start);

    /// <summary>Whether writes are put in the log.</summary>
    public bool IsRecording => isRecording;

    /// <summary>
    /// Whether changes are logged as whole records: while a checkpoint's records are gathered. One that is changed meanwhile may leave the part of the store that is read before it has been read, and is then in
    /// the log only. Set while no batch runs.
    /// </summary>
    public bool TakesNoChanges
    {
        get => takesNoChanges;
        set => takesNoChanges = value;
    }

    /// <summary>Position behind the last write.</summary>
    public ulong Tail => ring.Tail;

    /// <summary>Position up to which the log is in its file.</summary>
    public ulong Written => Volatile.Read(ref written);

    /// <summary>Why writes cannot be kept at the moment, as the system says it; null when they can.</summary>
    public string? Failure => failure;

    /// <summary>Position that every reply depends on: that of the last change to the namespaces.</summary>
    public ulong Barrier => Volatile.Read(ref barrier);

    /// <summary>Whether an operation should first wait until there is room in the ring.</summary>
    public bool IsCrowded => isRecording && ring.IsCrowded;

    /// <summary>A position for a write that is not kept.</summary>
    public ulong NextUnkept() => ring.Skip();

    /// <summary>Goes on at a later position. Nothing is recorded, and nobody writes.</summary>
    public void SkipTo(ulong position) => ring.Reset((position + LogFrame.Alignment - 1) & ~(ulong)(LogFrame.Alignment - 1));

    /// <summary>Takes the place of a frame; to be filled behind its header and given to <see cref="Append(Span{byte}, ulong, FrameKind, int, int)"/> at once.</summary>
    public Span<byte> Reserve(int bodyBytes, out ulong position)
    {
        var bytes = LogFrame.BytesFor(bodyBytes);
        var spinner = default(SpinWait);
        Span<byte> frame;
        while (!ring.TryReserve(bytes, out frame, out position))
        {
            MakeRoom();
            spinner.SpinOnce(sleep1Threshold: 20);
        }

        return frame;
    }

    /// <summary>Completes a frame whose body is written.</summary>
    /// <returns>The position behind it.</returns>
    public static ulong Append(Span<byte> frame, ulong position, FrameKind kind, int bodyBytes, int keyBytes)
    {
        LogFrame.Seal(frame, position, kind, bodyBytes, keyBytes);
        LogRing.Publish(frame);
        return position + (uint)frame.Length;
    }

    /// <summary>Appends a frame with a body that is there already.</summary>
    /// <returns>The position behind it.</returns>
    public ulong Append(FrameKind kind, ReadOnlySpan<byte> body, int keyBytes = 0)
    {
        var frame = Reserve(body.Length, out var position);
        body.CopyTo(frame[LogFrame.HeaderBytes..]);
        return Append(frame, position, kind, body.Length, keyBytes);
    }

    /// <summary>Tells that a name stands for a keyset from here on, 0 for none.</summary>
    /// <param name="name">The name.</param>
    /// <param name="keysetId">The keyset.</param>
    /// <param name="takesAway">Whether it stood for another one, so that whoever does not find a key there any more depends on this.</param>
    public void AppendNamespace(string name, uint keysetId, bool takesAway)
    {
        if (!isRecording)
            return;
        var end = Append(FrameKind.Namespace, NamespaceFrame.Body(name, keysetId));
        if (takesAway)
            Volatile.Write(ref barrier, end);
    }

    /// <summary>Tells what the source of a library of functions is from here on; empty when it is there no more. Every reply depends on that, since it may be one of its functions'.</summary>
    public void AppendLibrary(string name, byte[] source)
    {
        if (!isRecording)
            return;
        var end = 0UL;
        foreach (var body in LibraryFrame.Bodies(name, source))
            end = Append(FrameKind.Library, body, name.Length);
        Volatile.Write(ref barrier, end);
    }

    /// <summary>
    /// Makes sure that so many bytes can be written behind what there is. For what every reply is going to depend on: it is better refused than begun and not completed. Nobody else writes.
    /// </summary>
    /// <returns>Why they cannot, as the system says it; null when they can, or when the file system does not tell.</returns>
    public string? RoomFault(long bytes)
    {
        if (!isRecording)
            return null;
        lock (writing)
        {
            if (failure == null)
                Write(ring.Tail);
            if (failure is { } text)
                return text;
            try
            {
                segment?.MakeRoom(bytes);
                roomUntil = written + (ulong)bytes;
                return null;
            }
            catch (IOException error)
            {
                return SystemText(error);
            }
        }
    }

    /// <summary>A unit has ended, which counts only once its end is in the log. No other batch runs.</summary>
    public void NoteUnit(ulong begin, ulong end)
    {
        if ((policy == SyncPolicy.Always ? Synced : Written) >= unitsEnd)
            unitsBegin = begin;
        unitsEnd = end;
        // Whoever finds a database empty or exchanged depends on all of the unit, too.
        if (barrier >= begin)
            Volatile.Write(ref barrier, end);
    }

    /// <summary>Position that the log must have reached for the write at a position to count: behind it or, where it is of a unit, behind the unit's end.</summary>
    public ulong WholeFrom(ulong position) => position >= unitsBegin && position < unitsEnd ? unitsEnd : position + 1;

    /// <summary>Has the log in the file up to a position if that can be done at once; else <see cref="WaitAsync"/> is to be called.</summary>
    public bool TryWrite(ulong need)
    {
        if (Written >= need || !isRecording)
            return policy != SyncPolicy.Always || !isRecording || Synced >= need;
        if (failure != null || (Volatile.Read(ref slowUntil) is var until and not 0 && until > Stopwatch.GetTimestamp()))
            return false;
        var spinner = default(SpinWait);
        for (var spins = 0; spins < SpinsMax; spins++)
        {
            if (writing.TryEnter())
            {
                try
                {
                    Write(need);
                }
                finally
                {
                    writing.Exit();
                }

                return Written >= need && policy != SyncPolicy.Always;
            }

            if (Written >= need)
                return policy != SyncPolicy.Always;
            spinner.SpinOnce(sleep1Threshold: -1);
        }

        return false;
    }

    /// <summary>Waits, on this thread, until there is room in the ring. The caller holds no epoch.</summary>
    public void WaitForRoom()
    {
        var spinner = default(SpinWait);
        // Where the log has failed there is no telling when there will be: what is left of the ring is for who has begun.
        while (IsCrowded && failure == null)
        {
            if (!TryWrite(Tail))
                wake.Set();
            if (IsCrowded)
                spinner.SpinOnce(sleep1Threshold: 10);
        }
    }

    // Under the lock. A fault leaves the frames in the ring.
    [SuppressMessage("Design", "CA1031", Justification = "Whatever the system answers, the log has failed and the server goes on.")]
    private void Write(ulong need)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            var until = ring.Tail;
            while (setAside.TryPeek(out var kept) && segment != null)
            {
                segment.Append(kept);
                setAside.Dequeue();
                Volatile.Write(ref written, written + (uint)kept.Length);
            }

            while (written < Math.Min(need, until) && segment != null)
            {
                var piece = ring.Peek(until);
                segment.Append(piece);
                ring.Free(piece.Length);
                Volatile.Write(ref written, written + (uint)piece.Length);
            }

            if (failure != null && badUntil == 0)
                ClearFailure();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            SetFailure(error);
        }

        NoteTime(began, Stopwatch.GetTimestamp() - began);
    }

    // Under the lock.
    private void NoteTime(long began, long took)
    {
        if (took > SlowTicks)
            Volatile.Write(ref slowUntil, began + took + SlowPeriodTicks);
        else if (slowUntil == 0)
            return;
        easyWrites = took > EasyTicks ? 0 : easyWrites + 1;
        if (easyWrites < EasyWrites)
            return;
        easyWrites = 0;
        Volatile.Write(ref slowUntil, 0);
    }

    // The ring is full, and whoever wants room in it may be within an operation, or alone: he must not wait for a disk to be given room. What cannot be written is kept beside the ring, as much as it may be.
    private void MakeRoom()
    {
        if (!writing.TryEnter())
            return;
        try
        {
            if (failure == null)
                Write(ring.Tail);
            if (failure != null)
                SetAside();
        }
        finally
        {
            writing.Exit();
        }
    }

    private void SetAside()
    {
        for (var until = ring.Tail; ring.Taken < until;)
        {
            var piece = ring.Peek(until);
            setAside.Enqueue(piece.ToArray());
            ring.Free(piece.Length);
        }
    }

    private void SetFailure(Exception error)
    {
        // The log's thread is not woken: it tries again by itself, after a while.
        var text = SystemText(error);
        if (failure == text)
            return;
        failure = text;
        Failed?.Invoke(text);
    }

    private void ClearFailure()
    {
        failure = null;
        Recovered?.Invoke();
    }

    // .NET adds the file's path to what the system says.
    internal static string SystemText(Exception error)
    {
        var end = error.Message.IndexOf(" : '", StringComparison.Ordinal);
        return end < 0 ? error.Message : error.Message[..end];
    }
}

/// <summary>The body of a namespace frame.</summary>
internal static class NamespaceFrame
{
    public static byte[] Body(string name, uint keysetId)
    {
        var body = new byte[sizeof(uint) + System.Text.Encoding.UTF8.GetByteCount(name)];
        BinaryPrimitives.WriteUInt32LittleEndian(body, keysetId);
        System.Text.Encoding.UTF8.GetBytes(name, body.AsSpan(sizeof(uint)));
        return body;
    }

    public static (string Name, uint KeysetId) Read(ReadOnlySpan<byte> body) =>
        (System.Text.Encoding.UTF8.GetString(body[sizeof(uint)..]), BinaryPrimitives.ReadUInt32LittleEndian(body));
}
