using RespKv.Protocol;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>Writes a string's bytes straight from the store into the reply; tells a value of another type apart.</summary>
internal sealed class BulkStringReader : RecordReader
{
    private RespReplyWriter reply = null!;

    /// <summary>Whether the key holds something other than a string; then nothing was written.</summary>
    public bool IsWrongType { get; private set; }

    public BulkStringReader For(RespReplyWriter writer)
    {
        reply = writer;
        IsWrongType = false;
        return this;
    }

    public override void Read(in Record record)
    {
        if (record.Type == RecordType.String)
            reply.BulkString(record.Value);
        else
            IsWrongType = true;
    }
}
