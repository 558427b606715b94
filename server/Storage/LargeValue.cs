namespace RespKv.Server.Storage;

/// <summary>
/// The bytes of one large value. Whoever uses it beyond the lock of its record pins it: it is there until the last one lets go, even if the record has been replaced or deleted since. The first pin is that of
/// whoever makes it.
/// </summary>
internal abstract class LargeValue(LargeValues home, long id, uint keysetId, int capacity) : IDisposable
{
    // The number of pins while nobody may come or go.
    private const int Closed = int.MinValue;

    private int pins = 1;

    public long Id { get; } = id;

    public uint KeysetId { get; set; } = keysetId;

    /// <summary>Bytes that it has room for.</summary>
    public int Capacity { get; private set; } = capacity;

    /// <summary>The stored key whose record refers to it; null where that is not kept.</summary>
    public string? Owner { get; set; }

    /// <summary>Whether a record refers to it, or has.</summary>
    public bool WasPublished { get; set; }

    /// <summary>Position behind the write that replaced or deleted it; 0 while its record is there.</summary>
    public ulong FreedAt { get; set; }

    /// <summary>CRC-32C of its bytes, once a record is about to refer to it; 0 where it is kept in memory only.</summary>
    public uint Checksum { get; set; }

    /// <summary>How many use it, its record among them.</summary>
    public int Users => Volatile.Read(ref pins);

    /// <summary>Whether reading may have to wait for the disk.</summary>
    public abstract bool MayWait { get; }

    /// <summary>All of it in memory, for whoever has pinned it, until he lets go.</summary>
    public abstract Span<byte> Span { get; }

    /// <summary>Begins to use <see cref="Read"/> and <see cref="Write"/>.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public virtual void Open()
    {
    }

    public virtual void Close()
    {
    }

    /// <summary>Copies bytes out.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    public virtual void Read(int offset, Span<byte> target) => Span.Slice(offset, target.Length).CopyTo(target);

    /// <summary>Puts bytes in.</summary>
    /// <exception cref="IOException">There is no room for them.</exception>
    public virtual void Write(int offset, ReadOnlySpan<byte> bytes) => bytes.CopyTo(Span[offset..]);

    /// <summary>Adds bytes behind those that a record refers to, which readers of that record do not see; false when it has to be made anew for that.</summary>
    /// <param name="length">Bytes that the record refers to.</param>
    /// <param name="checksum">Their checksum.</param>
    /// <param name="tail">What is added.</param>
    /// <exception cref="IOException">There is no room for them.</exception>
    public virtual bool TryAppend(int length, uint checksum, ReadOnlySpan<byte> tail) => false;

    /// <summary>Whether it waits to be synced.</summary>
    public bool IsSyncWanted { get; set; }

    /// <summary>It has so many bytes from here on.</summary>
    protected void SetCapacity(int length) => Capacity = length;

    /// <summary>No more than that is wanted of it; no record refers to it yet.</summary>
    public virtual void CutTo(int length) => Capacity = length;

    /// <summary>Its maker has filled it, and need not have it in memory any more; nobody else has it yet.</summary>
    public virtual void EndFilling()
    {
    }

    /// <summary>Has it on the disk, where it belongs there.</summary>
    public virtual void Sync()
    {
    }

    /// <summary>What is wrong with it, in one line; null when it is whole.</summary>
    public virtual string? Fault() => null;

    /// <summary>Keeps it; false when it has gone already.</summary>
    public bool TryPin()
    {
        var spinner = default(SpinWait);
        for (var seen = Users; seen is > 0 or Closed; seen = Users)
        {
            if (seen == Closed)
                spinner.SpinOnce(sleep1Threshold: -1);
            else if (Interlocked.CompareExchange(ref pins, seen + 1, seen) == seen)
                return true;
        }

        return false;
    }

    public void Unpin()
    {
        var spinner = default(SpinWait);
        var seen = Users;
        while (seen == Closed || Interlocked.CompareExchange(ref pins, seen - 1, seen) != seen)
        {
            spinner.SpinOnce(sleep1Threshold: -1);
            seen = Users;
        }

        if (seen == 1)
            home.Bury(this);
    }

    /// <summary>Does something to it while nobody uses it but its record, and lets nobody come meanwhile; false when somebody does.</summary>
    protected bool TryClosed(Action work)
    {
        if (Interlocked.CompareExchange(ref pins, Closed, 1) != 1)
            return false;
        work();
        Volatile.Write(ref pins, 1);
        return true;
    }

    public abstract void Dispose();
}

/// <summary>A large value in native memory, which costs what has been written to it.</summary>
internal sealed unsafe class NativeValue(LargeValues home, long id, uint keysetId, int capacity) : LargeValue(home, id, keysetId, capacity)
{
    private byte* start = NativeBlocks.Take(capacity);

    public override bool MayWait => false;

    public override Span<byte> Span => new(start, Capacity);

    public override void CutTo(int length)
    {
        start = NativeBlocks.Cut(start, Capacity, length);
        base.CutTo(length);
    }

    public override void Dispose()
    {
        if (start != null)
            NativeBlocks.Return(start, Capacity);
        start = null;
    }
}
