using System.Runtime.InteropServices;

namespace RespKv.Server.Storage;

/// <summary>The bytes of one large value.</summary>
internal abstract class LargeValue(uint keysetId, int capacity) : IDisposable
{
    public uint KeysetId { get; } = keysetId;

    /// <summary>Bytes that it has room for.</summary>
    public int Capacity { get; } = capacity;

    /// <summary>The stored key whose record refers to it; null where that is not kept.</summary>
    public string? Owner { get; set; }

    public abstract Span<byte> Span { get; }

    /// <summary>It has been used and need not be in memory for the moment.</summary>
    public virtual void LetGo()
    {
    }

    /// <summary>Has it on the disk, where it belongs there.</summary>
    public virtual void Sync()
    {
    }

    /// <summary>What is wrong with it, in one line; null when it is whole.</summary>
    public virtual string? Fault() => null;

    public abstract void Dispose();
}

/// <summary>A large value in native memory.</summary>
internal sealed unsafe class NativeValue(uint keysetId, int capacity) : LargeValue(keysetId, capacity)
{
    private byte* start = (byte*)NativeMemory.Alloc((nuint)capacity);

    public override Span<byte> Span => new(start, Capacity);

    public override void Dispose()
    {
        NativeMemory.Free(start);
        start = null;
    }
}
