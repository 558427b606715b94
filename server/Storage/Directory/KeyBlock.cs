using System.Runtime.InteropServices;

namespace RespKv.Server.Storage.Directory;

/// <summary>
/// A key's block in the arena: u16 key length, u8 type, u8 flags (1: has an expiry, 2: was handed out as due and is not settled yet, 4: only parts of the value have expiries); with an expiry u32 tick, u32 next and u32 previous in its wheel's
/// list; then the key.
/// </summary>
internal readonly ref struct KeyBlock(Span<byte> block)
{
    public const int KeyBytesMax = ushort.MaxValue;
    public const int HeaderBytes = 4;
    public const int LinkBytes = 12;
    private const byte ExpiryFlag = 1;
    private const byte UnsettledFlag = 2;
    private const byte PartsFlag = 4;
    private readonly Span<byte> block = block;

    public int KeyLength
    {
        get => MemoryMarshal.Read<ushort>(block);
        set => MemoryMarshal.Write(block, (ushort)value);
    }

    public byte Type
    {
        get => block[2];
        set => block[2] = value;
    }

    public bool HasExpiry
    {
        get => (block[3] & ExpiryFlag) != 0;
        set => SetFlag(ExpiryFlag, value);
    }

    /// <summary>
    /// Whether the key was handed out as due and nobody has said since when it will be: its tick is then the time of the next try, not an expiry.
    /// </summary>
    public bool IsUnsettled
    {
        get => (block[3] & UnsettledFlag) != 0;
        set => SetFlag(UnsettledFlag, value);
    }

    /// <summary>Whether the key itself has no expiry, and is due because of a part of its value.</summary>
    public bool IsPartsTime
    {
        get => (block[3] & PartsFlag) != 0;
        set => SetFlag(PartsFlag, value);
    }

    public uint Tick
    {
        get => MemoryMarshal.Read<uint>(block[4..]);
        set => MemoryMarshal.Write(block[4..], value);
    }

    public uint Next
    {
        get => MemoryMarshal.Read<uint>(block[8..]);
        set => MemoryMarshal.Write(block[8..], value);
    }

    public uint Previous
    {
        get => MemoryMarshal.Read<uint>(block[12..]);
        set => MemoryMarshal.Write(block[12..], value);
    }

    public static int UnitsFor(int keyLength, bool hasExpiry) =>
        (HeaderBytes + (hasExpiry ? LinkBytes : 0) + keyLength + KeyArena.UnitBytes - 1) / KeyArena.UnitBytes;

    private void SetFlag(byte flag, bool isSet) => block[3] = (byte)(isSet ? block[3] | flag : block[3] & ~flag);
}
