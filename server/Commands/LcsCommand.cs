using RespKv.Server.Kv;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>
/// LCS: the longest common subsequence of two strings. One that takes more than a fraction of a millisecond is searched for on a worker, so that no
/// socket thread waits for it; and only one such at a time, so that many clients together need no more memory than one.
/// </summary>
internal static class LcsCommand
{
    private const string NotStrings = "ERR The specified keys must contain string values";
    private const string NoMemory = "ERR Insufficient memory, failed allocating transient memory for LCS";
    private const string TooLarge = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len";

    // Steps (CommonSubsequence.Work), a few hundred microseconds.
    private const long WorkInline = 1 << 18;

    private static readonly SemaphoreSlim Turn = new(1, 1);

    // LCS key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]
    public static void Run(CommandContext context)
    {
        var error = LcsOptions.Parse(context.Request, out var options);
        if (context.Client.TakeResult() is LcsResult finished)
        {
            Reply(context, options, finished);
            return;
        }

        if (!TryMeasure(context, 1, out var first) | !TryMeasure(context, 2, out var second))
            context.Error(NotStrings);
        else if (error != null)
            context.Error(error);
        else if (CommonSubsequence.TableBytes(first, second) > context.Server.BulkBytesMax)
            context.Error(TooLarge);
        else if (context.IsInExec || CommonSubsequence.Work(first, second) <= WorkInline)
            Reply(context, options, FindHere(context, options));
        else
            FindAside(context, options);
    }

    private static bool TryMeasure(CommandContext context, int key, out int length)
    {
        var info = context.Reusable<RecordInfoReader>().AsUse(true);
        var exists = context.Keyspace.Read(context.Request[key], info);
        if (exists)
            context.Counters.Hits++;
        else
            context.Miss(context.Request[key]);
        length = exists ? info.ValueLength : 0;
        return !exists || info.Type == RecordType.String;
    }

    private static LcsResult FindHere(CommandContext context, LcsOptions options)
    {
        var strings = context.Reusable<LcsStrings>();
        strings.Take(context.Keyspace, context.Request[1], context.Request[2]);
        return strings.Find(options, context.Server.BulkBytesMax);
    }

    private static void FindAside(CommandContext context, LcsOptions options)
    {
        var (client, server, ns) = (context.Client, context.Server, context.Namespace);
        var (firstKey, secondKey) = (context.Request[1].ToArray(), context.Request[2].ToArray());
        context.RetryAfter(Task.Run(async () =>
        {
            await Turn.WaitAsync().ConfigureAwait(false);
            try
            {
                var strings = new LcsStrings();
                server.RunAside(ns, keyspace => strings.Take(keyspace, firstKey, secondKey));
                client.Result = strings.Find(options, server.BulkBytesMax);
            }
            finally
            {
                Turn.Release();
            }
        }));
    }

    private static void Reply(CommandContext context, LcsOptions options, LcsResult result)
    {
        if (result.Error != null)
            context.Error(result.Error);
        else if (options.Indexes)
            ReplyIndexes(context, options, result.Found);
        else if (options.Length)
            context.Reply.Integer(result.Found.Length);
        else
            context.Reply.BulkString(result.Text);
    }

    private static void ReplyIndexes(CommandContext context, LcsOptions options, CommonSubsequence found)
    {
        var reply = context.Reply;
        reply.Map(2);
        reply.BulkString("matches"u8);
        reply.Array(found.Parts.Count(part => part.Length >= options.PartLengthMin));
        foreach (var part in found.Parts)
        {
            if (part.Length < options.PartLengthMin)
                continue;
            reply.Array(options.WithLengths ? 3 : 2);
            ReplyRange(context, part.First, part.Length);
            ReplyRange(context, part.Second, part.Length);
            if (options.WithLengths)
                reply.Integer(part.Length);
        }

        reply.BulkString("len"u8);
        reply.Integer(found.Length);
    }

    private static void ReplyRange(CommandContext context, int start, int length)
    {
        context.Reply.Array(2);
        context.Reply.Integer(start);
        context.Reply.Integer(start + length - 1);
    }

    /// <summary>What was found, or why nothing was; the text only if it is wanted.</summary>
    private sealed record LcsResult(CommonSubsequence Found, byte[] Text, string? Error = null)
    {
        private static readonly CommonSubsequence Nothing = CommonSubsequence.Of([], [], onlyLength: true);

        public static LcsResult Failed(string error) => new(Nothing, [], error);
    }

    /// <summary>Copies of the two strings: what they are, and how long, may have changed since they were measured.</summary>
    private sealed class LcsStrings
    {
        private readonly CaptureReader first = new();
        private readonly CaptureReader second = new();

        public bool Take(Keyspace keyspace, ReadOnlySpan<byte> firstKey, ReadOnlySpan<byte> secondKey) =>
            keyspace.Read(firstKey, first.Whole()) & keyspace.Read(secondKey, second.Whole());

        public LcsResult Find(LcsOptions options, long tableBytesMax)
        {
            try
            {
                if (first.IsWrongType || second.IsWrongType)
                    return LcsResult.Failed(NotStrings);
                if (CommonSubsequence.TableBytes(first.Value.Length, second.Value.Length) > tableBytesMax)
                    return LcsResult.Failed(TooLarge);
                var found = CommonSubsequence.Of(first.Value.Span, second.Value.Span, options.Length);
                return new LcsResult(found, options.Length || options.Indexes ? [] : found.TextOf(first.Value.Span));
            }
            catch (OutOfMemoryException)
            {
                return LcsResult.Failed(NoMemory);
            }
            finally
            {
                first.Value.Clear();
                second.Value.Clear();
            }
        }
    }
}
