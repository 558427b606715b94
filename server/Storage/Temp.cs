#pragma warning disable
namespace RespKv.Server.Storage;
internal sealed class OrderedKeyIndex : IDisposable { public long Bytes => 0; public bool Insert(ReadOnlySpan<byte> key)=>true; public bool Remove(ReadOnlySpan<byte> key)=>true; public void List(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> after, bool hasAfter, int limit, IKeySink sink){} public void Dispose(){} }
