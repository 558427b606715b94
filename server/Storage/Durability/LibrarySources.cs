namespace RespKv.Server.Storage.Durability;

/// <summary>Puts the sources of libraries together again from the pieces that frames hold. Of one whose pieces do not follow each other, as damage between them leaves it, the source before stays.</summary>
internal sealed class LibrarySources
{
    private readonly Dictionary<string, byte[]> all = new(StringComparer.Ordinal);
    private string name = "";
    private byte[] source = [];
    private int length;

    /// <summary>Whole sources by the names of the libraries.</summary>
    public IReadOnlyDictionary<string, byte[]> All => all;

    public void Take(LibraryPiece piece)
    {
        if (piece.SourceBytes == 0)
        {
            all.Remove(piece.Name);
            return;
        }

        if (piece.Offset == 0)
            (name, source, length) = (piece.Name, new byte[piece.SourceBytes], 0);
        else if (name != piece.Name || length != piece.Offset || source.Length != piece.SourceBytes)
            return;
        piece.Bytes.CopyTo(source.AsSpan(length));
        length += piece.Bytes.Length;
        if (length == source.Length)
            all[name] = source;
    }
}
