using System.Text;
using RespKv.Protocol;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>Arguments that commands on bits have in common, and their errors.</summary>
internal static class BitArguments
{
    private const string BadOffset = "ERR bit offset is not an integer or out of range";

    /// <summary>Reads the offset of a bit that a string of permitted length can have; else writes an error.</summary>
    public static bool TryReadOffset(CommandContext context, int index, out long offset) =>
        TryReadOffset(context, context.Request[index], 1, out offset);

    /// <summary>The same, where <c>#n</c> means the n-th field of that width.</summary>
    public static bool TryReadFieldOffset(CommandContext context, int index, int fieldBits, out long offset)
    {
        var text = context.Request[index];
        return text is [(byte)'#', ..]
            ? TryReadOffset(context, text[1..], fieldBits, out offset)
            : TryReadOffset(context, text, 1, out offset);
    }

    /// <summary>Reads <c>start end [BYTE | BIT]</c> of BITCOUNT; returns the error, or null.</summary>
    public static string? ReadCountRange(RespRequest request, out BitRange range)
    {
        range = BitRange.Whole;
        if (request.Length == 2)
            return null;
        if (request.Length is < 4 or > 5)
            return ErrorReplies.Syntax;
        if (!request.TryGetInt64(2, out var first) || !request.TryGetInt64(3, out var last))
            return ErrorReplies.NotAnInteger;
        range = new BitRange(first, last, false);
        return request.Length == 4 ? null : ReadUnit(request[4], ref range);
    }

    /// <summary>Reads <c>[start [end [BYTE | BIT]]]</c> of BITPOS; returns the error, or null.</summary>
    public static string? ReadPositionRange(RespRequest request, out BitRange range)
    {
        range = BitRange.Whole;
        if (request.Length == 3)
            return null;
        if (request.Length > 6)
            return ErrorReplies.Syntax;
        if (!request.TryGetInt64(3, out var first))
            return ErrorReplies.NotAnInteger;
        range = range with { First = first };
        if (request.Length == 6 && ReadUnit(request[5], ref range) is { } error)
            return error;
        if (request.Length == 4)
            return null;
        if (!request.TryGetInt64(4, out var last))
            return ErrorReplies.NotAnInteger;
        range = range with { Last = last };
        return null;
    }

    /// <summary>
    /// Reads a string's bits. <paramref name="exists"/> tells whether the key is there; false when it holds something else, and then the error has been written.
    /// </summary>
    public static bool TryLook(CommandContext context, int key, BitReader reader, out bool exists)
    {
        exists = context.Keyspace.Read(context.Request[key], reader);
        if (exists)
            context.Counters.Hits++;
        else
            context.Miss(context.Request[key]);
        if (!exists || !reader.IsWrongType)
            return true;
        context.Error(ErrorReplies.WrongType);
        return false;
    }

    private static bool TryReadOffset(CommandContext context, ReadOnlySpan<byte> text, int bits, out long offset)
    {
        // A string that ends with the byte of the offset must not be longer than values, or arrays of the framework, may be.
        var bytesMax = Math.Min(context.Server.BulkBytesMax, Array.MaxLength);
        if (RespRequest.TryParseInt64(text, out offset) && offset >= 0 && offset <= long.MaxValue / bits && (offset * bits) >> 3 < bytesMax)
        {
            offset *= bits;
            return true;
        }

        context.Error(BadOffset);
        return false;
    }

    private static string? ReadUnit(ReadOnlySpan<byte> word, ref BitRange range)
    {
        var isInBits = Ascii.EqualsIgnoreCase(word, "BIT"u8);
        if (!isInBits && !Ascii.EqualsIgnoreCase(word, "BYTE"u8))
            return ErrorReplies.Syntax;
        range = range with { IsInBits = isInBits };
        return null;
    }
}
