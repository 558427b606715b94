using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Takes a copy of a string's bytes, or of a part of them.</summary>
internal sealed class CaptureReader : RecordReader
{
    private long first;
    private long last;

    public CapturedValue Value { get; } = new();

    public bool IsWrongType { get; private set; }

    /// <summary>Takes all of it.</summary>
    public CaptureReader Whole() => Range(0, -1);

    /// <summary>Takes the bytes from one index to another, both included; negative ones count from the end, as GETRANGE has it.</summary>
    public CaptureReader Range(long from, long to)
    {
        first = from;
        last = to;
        IsWrongType = false;
        Value.Clear();
        return this;
    }

    public override void Read(in Record record)
    {
        IsWrongType = record.Type != RecordType.String;
        if (!IsWrongType)
            Value.Take(Slice(record.Value));
    }

    private ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> value)
    {
        var length = (long)value.Length;
        if (first < 0 && last < 0 && first > last)
            return default;
        var from = Math.Max(first < 0 ? first + length : first, 0);
        var to = Math.Min(Math.Max(last < 0 ? last + length : last, 0), length - 1);
        return from > to || length == 0 ? default : value[(int)from..(int)(to + 1)];
    }
}
