using System.Buffers.Binary;

namespace RespKv.Server.Storage.Durability;

/// <summary>What a change frame says behind its key (<c>docs/storage-format.md</c>): some bytes of a value that otherwise stays as it was. It points into memory that somebody else owns.</summary>
internal readonly ref struct ValueChange
{
    /// <summary>Bytes before those that are changed.</summary>
    public const int HeaderBytes = sizeof(ulong) + (3 * sizeof(uint));

    /// <summary>The version of the record that it makes: its frame's position.</summary>
    public ulong Version { get; init; }

    /// <summary>The version of the record that it changes.</summary>
    public ulong Former { get; init; }

    /// <summary>Bytes of the value afterwards.</summary>
    public int ValueBytes { get; init; }

    /// <summary>Where in it <see cref="Bytes"/> begin.</summary>
    public int Offset { get; init; }

    /// <summary>The record's access clock.</summary>
    public uint Access { get; init; }

    /// <summary>The bytes as they are afterwards.</summary>
    public ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>All of it as it was read.</summary>
    public ReadOnlySpan<byte> Body { get; private init; }

    /// <summary>Reads what is behind the key of a frame at a position; false when it makes no sense.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, ulong position, out ValueChange change)
    {
        change = default;
        if (body.Length < HeaderBytes)
            return false;
        var valueBytes = BinaryPrimitives.ReadUInt32LittleEndian(body[8..]);
        var offset = BinaryPrimitives.ReadUInt32LittleEndian(body[12..]);
        var bytes = body[HeaderBytes..];
        if (valueBytes > int.MaxValue || offset > valueBytes || (uint)bytes.Length > valueBytes - offset)
            return false;
        change = new ValueChange
        {
            Version = position,
            Former = BinaryPrimitives.ReadUInt64LittleEndian(body),
            ValueBytes = (int)valueBytes,
            Offset = (int)offset,
            Access = BinaryPrimitives.ReadUInt32LittleEndian(body[16..]),
            Bytes = bytes,
            Body = body,
        };
        return true;
    }

    /// <summary>Writes it behind the key of a frame.</summary>
    public void Write(Span<byte> body)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(body, Former);
        BinaryPrimitives.WriteUInt32LittleEndian(body[8..], (uint)ValueBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(body[12..], (uint)Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(body[16..], Access);
        Bytes.CopyTo(body[HeaderBytes..]);
    }
}
