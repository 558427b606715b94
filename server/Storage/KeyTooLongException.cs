namespace RespKv.Server.Storage;

/// <summary>A key that is to be written is longer than the store takes. The store is as it was.</summary>
internal sealed class KeyTooLongException() : Exception($"key is too long, the maximum is {Faster.FasterStore.KeyBytesMax} bytes");
