using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Takes a copy of a string's bytes, or of a part of them.</summary>
internal sealed class CaptureReader : RecordReader
{
    private ByteRange range;

    public CapturedValue Value { get; } = new();

    public bool IsWrongType { get; private set; }

    /// <summary>Takes all of it.</summary>
    public CaptureReader Whole() => Range(ByteRange.Whole);

    /// <summary>Takes a part.</summary>
    public CaptureReader Range(ByteRange wanted)
    {
        range = wanted;
        IsWrongType = false;
        Value.Clear();
        return this;
    }

    public override void Read(in Record record)
    {
        IsWrongType = record.Type != RecordType.String;
        if (IsWrongType)
            return;
        var (first, length) = range.In(record.ValueLength);
        Value.Take(record.Value.Slice(first, length));
    }
}
