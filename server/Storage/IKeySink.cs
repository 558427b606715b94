namespace RespKv.Server.Storage;

/// <summary>Takes keys that the directory or the ordered index hands out, one by one and under its lock: copies, and does not call back.</summary>
internal interface IKeySink
{
    /// <param name="key">The key's bytes, valid in this call only.</param>
    /// <param name="type">The record's type.</param>
    /// <param name="mayBeExpired">Whether the key's time may be up; the record knows.</param>
    void Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired);
}
