using System.Text;
using RespKv.Protocol;

namespace RespKv.Tests.Compatibility;

/// <summary>How much of two replies must agree.</summary>
internal enum ReplyComparisonMode
{
    /// <summary>Every byte.</summary>
    Exact,

    /// <summary>The types and counts, at every depth.</summary>
    Shape,

    /// <summary>The type of the reply itself.</summary>
    Kind,

    /// <summary>Every element, in any order, at every depth.</summary>
    Unordered,

    /// <summary>Everything but integers, which may differ by a tolerance.</summary>
    Within,

    /// <summary>Some fields of a text.</summary>
    Fields,
}

/// <summary>Compares the raw bytes of two replies.</summary>
/// <param name="Mode">How much must agree.</param>
/// <param name="Tolerance">How much integers may differ, for <see cref="ReplyComparisonMode.Within"/>.</param>
/// <param name="Fields">Which fields must agree, for <see cref="ReplyComparisonMode.Fields"/>.</param>
internal sealed record ReplyComparison(ReplyComparisonMode Mode, long Tolerance = 0, IReadOnlyList<string>? Fields = null)
{
    public static readonly ReplyComparison Exact = new(ReplyComparisonMode.Exact);

    public bool Agrees(ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right)
    {
        if (left.Span.SequenceEqual(right.Span))
            return true;
        // Errors agree byte for byte or not at all, and what is no reply (the rest of a closed connection) is not read as one.
        if (Mode == ReplyComparisonMode.Exact || left.IsEmpty || right.IsEmpty)
            return false;
        var a = RespReply.Parse(left);
        var b = RespReply.Parse(right);
        if (a.IsError || b.IsError)
            return false;
        return Mode switch
        {
            ReplyComparisonMode.Shape => AreAlike(a, b, (_, _) => true),
            ReplyComparisonMode.Kind => a.Kind == b.Kind,
            ReplyComparisonMode.Unordered => Canonical(a) == Canonical(b),
            ReplyComparisonMode.Within => AreAlike(a, b, AreNear),
            _ => Fields!.All(field => Field(a, field) is { } value && value == Field(b, field)),
        };
    }

    private static bool AreAlike(RespReply a, RespReply b, Func<RespReply, RespReply, bool> agree) =>
        a.Kind == b.Kind
        && a.Items.Count == b.Items.Count
        && (a.Items.Count > 0 ? a.Items.Zip(b.Items).All(pair => AreAlike(pair.First, pair.Second, agree)) : agree(a, b));

    private bool AreNear(RespReply a, RespReply b) =>
        a.Kind == RespReplyKind.Integer ? Math.Abs(a.Integer - b.Integer) <= Tolerance : a.Bytes.Span.SequenceEqual(b.Bytes.Span);

    /// <summary>A text that is the same for replies that differ only in the order of elements.</summary>
    private static string Canonical(RespReply reply)
    {
        var isMap = reply.Kind is RespReplyKind.Map or RespReplyKind.Attribute;
        if (reply.Items.Count == 0)
            return $"{reply.Kind} {Encoding.Latin1.GetString(reply.Bytes.Span)}";
        var items = reply.Items.Select(Canonical).Chunk(isMap ? 2 : 1).Select(item => string.Join(" => ", item)).Order(StringComparer.Ordinal);
        return $"{reply.Kind} [{string.Join(", ", items)}]";
    }

    /// <summary>The value of a field in <c>a=1 b=2</c> or in lines <c>a:1</c>; null when it is not there.</summary>
    private static string? Field(RespReply reply, string name)
    {
        var words = reply.Text.Split([' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return words.FirstOrDefault(word => word.Length > name.Length && word[name.Length] is ('=' or ':') && word.StartsWith(name, StringComparison.Ordinal));
    }
}
