namespace RespKv.Server.Storage;

/// <summary>Keys that may be due, copied out of the directory into a buffer that is used again.</summary>
internal sealed class DueKeys : IKeySink
{
    private readonly List<(int Offset, int Length)> keys = [];
    private byte[] bytes = new byte[4096];
    private int used;

    public int Count => keys.Count;

    public ReadOnlySpan<byte> Key(int index) => bytes.AsSpan(keys[index].Offset, keys[index].Length);

    public void Clear()
    {
        keys.Clear();
        used = 0;
    }

    public void Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired)
    {
        while (bytes.Length - used < key.Length)
            Array.Resize(ref bytes, bytes.Length * 2);
        key.CopyTo(bytes.AsSpan(used));
        keys.Add((used, key.Length));
        used += key.Length;
    }
}
