namespace RespKv.Server.Storage;

/// <summary>Log bytes of live records, over all keysets.</summary>
internal sealed class LiveBytesSum
{
    private long value;

    public long Value => Interlocked.Read(ref value);

    public void Add(long bytes) => Interlocked.Add(ref value, bytes);
}
