using RespKv.Protocol;
using RespKv.Server.Kv;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Server.Commands;

/// <summary>
/// Writes a string's bytes, or a part of them, straight from the store into the reply; of a large value, where they are to be found when they are sent. Tells a value of another type apart.
/// </summary>
internal sealed class BulkStringReader : RecordReader
{
    private RespReplyWriter reply = null!;
    private ByteRange? part;

    /// <summary>Whether the key holds something other than a string; then nothing was written.</summary>
    public bool IsWrongType { get; private set; }

    public BulkStringReader For(RespReplyWriter writer)
    {
        reply = writer;
        part = null;
        IsWrongType = false;
        return this;
    }

    /// <summary>Of the bytes of a range only.</summary>
    public BulkStringReader For(RespReplyWriter writer, ByteRange range)
    {
        For(writer);
        part = range;
        return this;
    }

    public override void Read(in Record record)
    {
        if (record.Type != RecordType.String)
            IsWrongType = true;
        else if (record.Large != null || part != null)
            ReadPart(record);
        else
            reply.BulkString(record.Inline);
    }

    private void ReadPart(in Record record)
    {
        var (first, length) = part?.In(record.ValueLength) ?? (0, record.ValueLength);
        if (record.Large != null && length > FasterStore.InlineValueBytesMax)
            reply.BulkString(new LargeReply(record.Large, first, length));
        else
            reply.BulkString(record.Value.Slice(first, length));
    }
}
