using System.Text;
using System.Text.RegularExpressions;
using RespKv.Protocol;

namespace RespKv.Differ;

/// <summary>Compares what two servers replied to an episode.</summary>
internal sealed partial class Verdict(Version peerVersion)
{
    private const long NearTolerance = 5000;

    /// <summary>What is wrong, or null.</summary>
    public string? Fault(Episode episode, byte[] expected, byte[] actual)
    {
        var (theirs, ours) = (ReplyStream.Split(expected), ReplyStream.Split(actual));
        // An inline request of nothing has no reply, and what closes the connection ends them all: then they cannot be told apart.
        var isMapped = episode.IsMapped && theirs.Count == episode.Steps.Count;
        for (var i = 0; i < Math.Max(theirs.Count, ours.Count); i++)
        {
            var step = isMapped && i < episode.Steps.Count ? episode.Steps[i] : null;
            var (their, our) = (i < theirs.Count ? theirs[i] : [], i < ours.Count ? ours[i] : []);
            if (!Agrees(step, their, our))
                return $"{(step is null ? $"Reply {i + 1}" : step.ToString())}\n    Redis:  {Shown(their)}\n    RespKv: {Shown(our)}";
        }

        return null;
    }

    private bool Agrees(Step? step, byte[] expected, byte[] actual)
    {
        if (expected.AsSpan().SequenceEqual(actual) || WithoutIdentity(expected) == WithoutIdentity(actual) || KnownDifferences.Excuse(peerVersion, step, expected, actual))
            return true;
        var agreement = step?.Agreement ?? Agreement.Exact;
        if (agreement == Agreement.Exact || expected.Length == 0 || actual.Length == 0)
            return false;
        try
        {
            var (a, b) = (RespReply.Parse(expected), RespReply.Parse(actual));
            return !a.IsError && !b.IsError && agreement switch
            {
                Agreement.Near => AreNear(a, b),
                Agreement.Unordered => Canonical(a) == Canonical(b),
                _ => a.Kind == b.Kind,
            };
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>A reply without what HELLO tells of the server itself.</summary>
    private static string WithoutIdentity(byte[] reply) => Identity().Replace(Encoding.Latin1.GetString(reply), "$1");

    [GeneratedRegex(@"(\$2\r\nid\r\n:|version\r\n\$\d+\r\n)[\d.]+")]
    private static partial Regex Identity();

    private static bool AreNear(RespReply a, RespReply b) =>
        a.Kind == b.Kind && a.Items.Count == b.Items.Count && (a.Items.Count > 0
            ? a.Items.Zip(b.Items).All(pair => AreNear(pair.First, pair.Second))
            : a.Kind != RespReplyKind.Integer ? a.Bytes.Span.SequenceEqual(b.Bytes.Span) : a.Integer < 0 == b.Integer < 0 && Math.Abs(a.Integer - b.Integer) <= NearTolerance);

    /// <summary>A text that is the same for replies that differ only in the order of elements.</summary>
    private static string Canonical(RespReply reply) => reply.Items.Count == 0
        ? $"{reply.Kind} {Encoding.Latin1.GetString(reply.Bytes.Span)}"
        : $"{reply.Kind} [{string.Join(", ", reply.Items.Select(Canonical).Order(StringComparer.Ordinal))}]";

    private static string Shown(byte[] reply)
    {
        var text = Encoding.Latin1.GetString(reply);
        return reply.Length == 0 ? "(nothing)" : Step.Quote(text.Length > 500 ? text[..500] : text);
    }
}
