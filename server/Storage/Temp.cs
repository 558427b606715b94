#pragma warning disable
using System.Collections.Concurrent;
namespace RespKv.Server.Storage;
internal sealed class DueKeys { public int Count; public void Clear(){} public ReadOnlySpan<byte> Key(int i)=>default; }
internal sealed class KeyDirectory : IDisposable
{
    public long Count; public long ExpiresCount; public long Bytes => 0;
    readonly ConcurrentDictionary<string, byte> d = new();
    public bool Insert(ReadOnlySpan<byte> key, ulong hash, byte type, long e) { if (d.TryAdd(Convert.ToBase64String(key), type)) { Interlocked.Increment(ref Count); return true; } return false; }
    public bool Remove(ReadOnlySpan<byte> key, ulong hash) { if (d.TryRemove(Convert.ToBase64String(key), out _)) { Interlocked.Decrement(ref Count); return true; } return false; }
    public void SetExpiry(ReadOnlySpan<byte> key, ulong hash, long e) { }
    public void Rearm(ReadOnlySpan<byte> key, ulong hash, long e) { }
    public int CollectDue(long now, int max, DueKeys due) => 0;
    public void Dispose() { }
}
internal sealed class OrderedKeyIndex : IDisposable { public long Bytes => 0; public bool Insert(ReadOnlySpan<byte> key)=>true; public bool Remove(ReadOnlySpan<byte> key)=>true; public void Dispose(){} }
