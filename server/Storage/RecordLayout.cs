using System.Runtime.CompilerServices;

namespace RespKv.Server.Storage;

/// <summary>
/// A record's slot as bytes, and the only code that reads and writes them (layout version 1; little-endian, unaligned):
/// <code>
///  0  u32  value bytes used
///  4  u8   flags: 1 has expiry, 2 large value, 4 deleted, 8 used since it was moved, 16 changed in place, 32 text though it may read as an integer
///  5  u8   type
///  6  u16  metadata bytes
///  8  u64  version
/// 16  u32  access clock
/// 20  i64  expiry, Unix ms; only with flag 1
///  .. metadata, value, slack to the end of the slot
/// </code>
/// A large value's bytes are outside the log; its place holds the i64 id of it and the u32 CRC-32C of its bytes (0 where they are kept in memory only). Slot length and used length differ so that values
/// grow and shrink in place, and a deleted record keeps its slot for the key's next value.
/// </summary>
internal readonly unsafe struct RecordLayout
{
    public const int LargeReferenceBytes = sizeof(long) + sizeof(uint);
    public const int MetadataBytesMax = ushort.MaxValue;
    private const int FixedBytes = 20;
    private const int ExpiryBytes = 8;

    [Flags]
    private enum Flag : byte
    {
        HasExpiry = 1,
        Large = 2,
        Deleted = 4,
        Referenced = 8,
        Raw = 16,
        Text = 32,
    }

    private readonly byte* slot;
    private readonly int slotBytes;

    public RecordLayout(byte* slot, int slotBytes)
    {
        if (slotBytes < FixedBytes)
            throw new InvalidOperationException($"A record slot of {slotBytes} bytes cannot hold a record's header.");
        this.slot = slot;
        this.slotBytes = slotBytes;
    }

    public int SlotBytes => slotBytes;

    public bool IsSameSlot(RecordLayout other) => slot == other.slot;

    public bool IsDeleted => Has(Flag.Deleted);

    public bool IsLarge => Has(Flag.Large);

    /// <summary>Whether the key was used since the record was last moved to the tail: its second chance.</summary>
    public bool IsReferenced
    {
        get => Has(Flag.Referenced);
        set => Put(Flag.Referenced, value);
    }

    public bool IsRaw => Has(Flag.Raw);

    public bool IsText => Has(Flag.Text);

    public int ValueBytes => (int)Unsafe.ReadUnaligned<uint>(slot);

    public RecordType Type => (RecordType)slot[5];

    public ulong Version
    {
        get => Unsafe.ReadUnaligned<ulong>(slot + 8);
        set => Unsafe.WriteUnaligned(slot + 8, value);
    }

    /// <summary>The record as it is kept: header, metadata, and value or reference, without the slack.</summary>
    public ReadOnlySpan<byte> Image => Slice(0, UsedBytes);

    public uint Access
    {
        get => Unsafe.ReadUnaligned<uint>(slot + 16);
        set => Unsafe.WriteUnaligned(slot + 16, value);
    }

    /// <summary>Id of the keyset that holds the fields of this large hash; 0 for any other record.</summary>
    public uint FieldsId => Type == RecordType.LargeHash && !IsDeleted ? Unsafe.ReadUnaligned<uint>(ref Payload[0]) : 0;

    /// <summary>When the record must be looked at: when the key ends, or before that a field of a packed hash; Unix ms, 0 for never.</summary>
    public long DueMs
    {
        get
        {
            var own = ExpiresAtMs;
            if (Type != RecordType.Hash || IsDeleted || IsLarge)
                return own;
            var fields = Hashes.PackedHash.DueMs(Payload);
            return fields == 0 || (own != 0 && own < fields) ? own : fields;
        }
    }

    public long ExpiresAtMs => Has(Flag.HasExpiry) ? Unsafe.ReadUnaligned<long>(slot + FixedBytes) : 0;

    public Span<byte> Metadata => Slice(HeaderBytes, MetadataBytes);

    /// <summary>The value's bytes in the slot: the value, or the reference to it if it is large.</summary>
    public Span<byte> Payload => Slice(HeaderBytes + MetadataBytes, PayloadBytes);

    public long LargeId => IsLarge ? Unsafe.ReadUnaligned<long>(ref Payload[0]) : 0;

    public uint LargeChecksum => IsLarge ? Unsafe.ReadUnaligned<uint>(ref Payload[sizeof(long)]) : 0;

    private int HeaderBytes => FixedBytes + (Has(Flag.HasExpiry) ? ExpiryBytes : 0);

    private int MetadataBytes => Unsafe.ReadUnaligned<ushort>(slot + 6);

    private int PayloadBytes => IsLarge ? LargeReferenceBytes : ValueBytes;

    /// <summary>Whether a slot that may be written at the same time seems to hold an expired record, or a small hash with an expired field.</summary>
    public static bool IsDueAt(ref FASTER.core.SpanByte slot, long nowMs)
    {
        if (slot.Length < FixedBytes + ExpiryBytes)
            return false;
        var layout = new RecordLayout(slot.ToPointer(), slot.Length);
        if (layout.IsExpired(nowMs))
            return true;
        var value = layout.HeaderBytes + layout.MetadataBytes;
        return layout.Type == RecordType.Hash && !layout.IsDeleted && value + Hashes.PackedHash.HeaderBytes(isTimed: true) <= slot.Length
            && Hashes.PackedHash.DueMs(layout.Slice(value, slot.Length - value)) is var due and not 0 && due <= nowMs;
    }

    /// <summary>Slot bytes that a record needs.</summary>
    public static int BytesFor(bool hasExpiry, int metadataBytes, int payloadBytes) =>
        FixedBytes + (hasExpiry ? ExpiryBytes : 0) + metadataBytes + payloadBytes;

    public bool IsLive(long nowMs) => !IsDeleted && (ExpiresAtMs is var at && (at == 0 || at > nowMs));

    public bool IsExpired(long nowMs) => !IsDeleted && ExpiresAtMs is var at && at != 0 && at <= nowMs;

    /// <summary>Turns the record into a deleted one that keeps its slot.</summary>
    public void MarkDeleted()
    {
        Unsafe.WriteUnaligned(slot, 0u);
        Unsafe.WriteUnaligned(slot + 6, (ushort)0);
        slot[4] = (byte)Flag.Deleted;
    }

    /// <summary>
    /// Lays out the header for a record of this shape and returns where its payload goes. Metadata is written (<paramref name="metadata"/> may be
    /// the record's own, at its present place). The payload's present bytes are moved along when <paramref name="movesPayload"/>.
    /// </summary>
    public Span<byte> Reshape(in RecordPlan plan, ReadOnlySpan<byte> metadata, int valueBytes, bool isLarge, bool movesPayload)
    {
        var payloadBytes = isLarge ? LargeReferenceBytes : valueBytes;
        var headerBytes = FixedBytes + (plan.ExpiresAtMs != 0 ? ExpiryBytes : 0);
        if (headerBytes + metadata.Length + payloadBytes > slotBytes || metadata.Length > MetadataBytesMax)
            throw new InvalidOperationException("A record does not fit the slot that was made for it.");

        var metadataTarget = Slice(headerBytes, metadata.Length);
        var payloadTarget = Slice(headerBytes + metadata.Length, payloadBytes);
        // What moves up moves last part first, what moves down first part first, so that neither overwrites the other.
        if (movesPayload && headerBytes + metadata.Length >= HeaderBytes + MetadataBytes)
        {
            Payload.CopyTo(payloadTarget);
            metadata.CopyTo(metadataTarget);
        }
        else
        {
            metadata.CopyTo(metadataTarget);
            if (movesPayload)
                Payload.CopyTo(payloadTarget);
        }

        Unsafe.WriteUnaligned(slot, (uint)valueBytes);
        slot[4] = (byte)((plan.ExpiresAtMs != 0 ? Flag.HasExpiry : 0) | (isLarge ? Flag.Large : 0) | (plan.IsRaw ? Flag.Raw : 0) | (plan.IsText ? Flag.Text : 0));
        slot[5] = (byte)plan.Type;
        Unsafe.WriteUnaligned(slot + 6, (ushort)metadata.Length);
        if (plan.ExpiresAtMs != 0)
            Unsafe.WriteUnaligned(slot + FixedBytes, plan.ExpiresAtMs);
        return payloadTarget;
    }

    /// <summary>Whether a record of this shape would have its payload where the present one has it.</summary>
    public bool KeepsPayloadPlace(bool hasExpiry, int metadataBytes) =>
        FixedBytes + (hasExpiry ? ExpiryBytes : 0) + metadataBytes == HeaderBytes + MetadataBytes;

    /// <summary>Whether bytes that come from elsewhere are a record, so that nothing here leads outside them.</summary>
    public static bool IsImage(ReadOnlySpan<byte> image)
    {
        if (image.Length < FixedBytes)
            return false;
        fixed (byte* start = image)
        {
            var layout = new RecordLayout(start, image.Length);
            return layout.HeaderBytes + (long)layout.MetadataBytes + (uint)layout.PayloadBytes == image.Length;
        }
    }

    /// <summary>What a kept record refers to; null when its value is in it.</summary>
    public static (long Id, int Bytes, uint Checksum)? LargeReferenceIn(ReadOnlySpan<byte> image)
    {
        fixed (byte* start = image)
        {
            var layout = new RecordLayout(start, image.Length);
            return layout.IsLarge ? (layout.LargeId, layout.ValueBytes, layout.LargeChecksum) : null;
        }
    }

    /// <summary>Makes this slot hold a record that was kept elsewhere.</summary>
    public void Restore(ReadOnlySpan<byte> image) => image.CopyTo(Slice(0, image.Length));

    /// <summary>Makes a change in a record that is kept elsewhere, whose slot has room for it.</summary>
    public void Apply(in Durability.ValueChange change)
    {
        var former = ValueBytes;
        Unsafe.WriteUnaligned(slot, (uint)change.ValueBytes);
        Payload[former..].Clear();
        change.Bytes.CopyTo(Payload[change.Offset..]);
        Put(Flag.Raw, true);
        Version = change.Version;
        Access = change.Access;
    }

    /// <summary>Copies this record, as it is, to a new slot.</summary>
    public void CopyTo(RecordLayout target)
    {
        var bytes = HeaderBytes + MetadataBytes + PayloadBytes;
        Slice(0, bytes).CopyTo(target.Slice(0, bytes));
    }

    /// <summary>Slot bytes in use.</summary>
    public int UsedBytes => HeaderBytes + MetadataBytes + PayloadBytes;

    private bool Has(Flag flag) => (slot[4] & (byte)flag) != 0;

    private void Put(Flag flag, bool value) => slot[4] = (byte)(value ? slot[4] | (byte)flag : slot[4] & ~(byte)flag);

    private Span<byte> Slice(int offset, int length)
    {
        if ((uint)offset > (uint)slotBytes || (uint)length > (uint)(slotBytes - offset))
            throw new InvalidOperationException("A record's header points outside its slot.");
        return new Span<byte>(slot + offset, length);
    }
}
