namespace RespKv.Server.Storage.Durability;

/// <summary>What recovery builds: the store.</summary>
internal interface IRecoveryTarget
{
    /// <summary>About so many records are to come.</summary>
    void Expect(long records);

    /// <summary>Puts a record back whose bytes have been found whole.</summary>
    void Put(ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> image);

    /// <summary>Changes some bytes of a key's value.</summary>
    void Change(ReadOnlySpan<byte> storedKey, in ValueChange change);

    /// <summary>Deletes a key again.</summary>
    void Delete(ReadOnlySpan<byte> storedKey, ulong version);

    /// <summary>A name stands for a keyset from here on; for none with 0.</summary>
    void Name(string name, uint keysetId);

    /// <summary>A piece of the source of a library of functions, to be given to <see cref="LibrarySources"/>.</summary>
    void Library(LibraryPiece piece);

    /// <summary>A unit begins, within which a keyset may have no name for a while.</summary>
    void Begin();

    void Commit();
}
