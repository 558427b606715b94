using System.Buffers.Binary;
using System.Text;

namespace RespKv.Server.Storage.Durability;

/// <summary>
/// The frames that tell the source of a library of functions: the name in place of a key, then bytes of all of the source, where the piece in this frame begins, and the piece.
/// Sources are cut into pieces since the log's ring takes only short frames; a source of no bytes says that the library is there no more.
/// </summary>
internal static class LibraryFrame
{
    /// <summary>Longest name, in bytes.</summary>
    public const int NameBytesMax = ushort.MaxValue;

    /// <summary>Most bytes of a source in one frame.</summary>
    public const int PieceBytesMax = 256 << 10;

    private const int HeaderBytes = 2 * sizeof(uint);

    /// <summary>The bodies of the frames that a source takes; each begins with the name.</summary>
    public static IEnumerable<byte[]> Bodies(string name, byte[] source)
    {
        var offset = 0;
        do
        {
            var piece = Math.Min(PieceBytesMax, source.Length - offset);
            yield return Body(name, source, offset, piece);
            offset += piece;
        }
        while (offset < source.Length);
    }

    /// <summary>The parts of a frame.</summary>
    /// <exception cref="DataFaultException">It makes no sense.</exception>
    public static LibraryPiece Read(FrameView frame, string path)
    {
        var rest = frame.Record;
        if (rest.Length < HeaderBytes)
            throw Fault(frame, path);
        var piece = new LibraryPiece(
            Encoding.Latin1.GetString(frame.StoredKey), BinaryPrimitives.ReadUInt32LittleEndian(rest), BinaryPrimitives.ReadUInt32LittleEndian(rest[sizeof(uint)..]), rest[HeaderBytes..]);
        return piece.Offset + (ulong)piece.Bytes.Length <= piece.SourceBytes && piece.SourceBytes <= Array.MaxLength ? piece : throw Fault(frame, path);
    }

    private static byte[] Body(string name, byte[] source, int offset, int piece)
    {
        var body = new byte[name.Length + HeaderBytes + piece];
        Encoding.Latin1.GetBytes(name, body);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(name.Length), (uint)source.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(name.Length + sizeof(uint)), (uint)offset);
        source.AsSpan(offset, piece).CopyTo(body.AsSpan(name.Length + HeaderBytes));
        return body;
    }

    private static DataFaultException Fault(FrameView frame, string path) =>
        new(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{path} holds at position {frame.Position} a piece of a library that does not fit in it"));
}

/// <summary>A piece of the source of a library.</summary>
/// <param name="name">The library's name.</param>
/// <param name="sourceBytes">Bytes of all of the source; 0 for a library that is there no more.</param>
/// <param name="offset">Where the piece begins.</param>
/// <param name="bytes">The piece.</param>
internal readonly ref struct LibraryPiece(string name, uint sourceBytes, uint offset, ReadOnlySpan<byte> bytes)
{
    public string Name { get; } = name;

    public uint SourceBytes { get; } = sourceBytes;

    public uint Offset { get; } = offset;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;
}
