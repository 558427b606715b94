namespace RespKv.Server.Storage;

/// <summary>The key of a large hash, whose fields are in a keyset of their own.</summary>
/// <param name="Keys">The keyset that the key is in.</param>
/// <param name="Key">The key.</param>
internal sealed record FieldsOwner(Keyset Keys, byte[] Key)
{
    public bool Is(Keyset keys, ReadOnlySpan<byte> key) => Keys == keys && key.SequenceEqual(Key);
}
