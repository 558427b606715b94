using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Server.Commands;

/// <summary>Takes what DEBUG OBJECT tells of a value.</summary>
internal sealed class DebugObjectReader : RecordReader
{
    private readonly ObjectCommands.EncodingReader encoding = new();
    private int valueLength;

    public override bool IsUse => false;

    public override void Read(in Record record)
    {
        encoding.Read(record);
        valueLength = record.ValueLength;
    }

    /// <summary>In Redis's form; values have no address of their own here, since they move.</summary>
    public string Describe(FasterStore store, long nowMs) =>
        $"Value at:0x0 refcount:1 encoding:{encoding.EncodingIn(store)} serializedlength:{valueLength + 1} lru:{encoding.Access} lru_seconds_idle:{AccessClock.IdleSeconds(encoding.Access, nowMs)}";
}
