using System.Buffers.Text;
using System.Text;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>Commands that go through the keys: SCAN and KEYS.</summary>
internal static class ScanCommands
{
    // Keys looked at by one SCAN when none is given, and at most: a call is a turn, and others wait meanwhile.
    private const int CountDefault = 10;
    private const int CountMax = 20_000;

    // Databases with more keys are gone through on a worker by KEYS.
    private const int KeysInline = 10_000;

    public static readonly Command[] All =
    [
        new("keys", 2, CommandFlags.ReadOnly, KeySpec.None, Keys)
        {
            Since = "1.0.0", Group = "generic", Complexity = "O(N), N being the keys of the database, or those under the pattern's literal prefix where they are indexed.",
            Summary = "Returns all keys that match a pattern.", Syntax = "pattern", Categories = ["keyspace", "dangerous"],
        },
        new("scan", -2, CommandFlags.ReadOnly, KeySpec.None, Scan)
        {
            Since = "2.8.0", Group = "generic", Complexity = "O(1) for a call. O(N) for a whole iteration, N being the keys of the database.",
            Summary = "Goes through the keys, some at a call.", Syntax = "cursor [MATCH pattern] [COUNT count] [TYPE type]", Categories = ["keyspace"],
            History = [("6.0.0", "TYPE.")],
        },
    ];

    // SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]
    private static void Scan(CommandContext context)
    {
        var request = context.Request;
        if (!TryParseCursor(request[1], out var cursor))
        {
            context.Error(ErrorReplies.InvalidCursor);
            return;
        }

        var scan = context.Reusable<KeyScan>();
        scan.Begin(context.NowMs);
        var count = CountDefault;
        for (var i = 2; i < request.Length; i += 2)
        {
            if (Ascii.EqualsIgnoreCase(request[i], "NOVALUES"u8))
            {
                context.Error("ERR NOVALUES option can only be used in HSCAN");
                return;
            }

            if (i + 1 >= request.Length)
            {
                context.Error(ErrorReplies.Syntax);
                return;
            }

            if (!TryParseOption(context, scan, request[i], i + 1, ref count))
                return;
        }

        if (!context.HasKeyIndex())
            return;
        cursor = scan.Run(context.Keyspace, cursor, Math.Min(count, CountMax));
        context.Reply.Array(2);
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(cursor, digits, out var length);
        context.Reply.BulkString(digits[..length]);
        ReplyKeys(context, scan);
    }

    private static bool TryParseOption(CommandContext context, KeyScan scan, ReadOnlySpan<byte> word, int value, ref int count)
    {
        if (Ascii.EqualsIgnoreCase(word, "MATCH"u8))
        {
            scan.Pattern = context.Request.Memory(value);
            return true;
        }

        if (Ascii.EqualsIgnoreCase(word, "TYPE"u8))
        {
            scan.TypeName = Encoding.Latin1.GetString(context.Request[value]);
            return true;
        }

        if (!Ascii.EqualsIgnoreCase(word, "COUNT"u8))
            return Refuse(context, ErrorReplies.Syntax);
        if (!context.Request.TryGetInt64(value, out var number))
            return Refuse(context, ErrorReplies.NotAnInteger);
        if (number < 1)
            return Refuse(context, ErrorReplies.Syntax);
        count = (int)Math.Min(number, CountMax);
        return true;
    }

    // KEYS pattern
    private static void Keys(CommandContext context)
    {
        if (context.Client.TakeResult() is KeyScan finished)
        {
            ReplyKeys(context, finished);
            return;
        }

        if (!context.HasKeyIndex())
            return;
        var pattern = context.Request[1].ToArray();
        var scan = context.Reusable<KeyScan>();
        scan.Begin(context.NowMs);
        scan.Pattern = pattern;
        if (context.Namespace.Keys.Directory.Count <= KeysInline || context.IsInExec || scan.HasFewCandidates(context.Keyspace))
        {
            scan.RunToEnd(context.Keyspace);
            ReplyKeys(context, scan);
            return;
        }

        var (client, server, ns) = (context.Client, context.Server, context.Namespace);
        context.RetryAfter(Task.Run(() => client.Result = ScanAside(server, ns, pattern)));
    }

    /// <summary>Goes through all keys on a worker, in batches of its own, so that no socket thread and no other batch waits for it.</summary>
    private static KeyScan ScanAside(ServerState server, Namespace ns, byte[] pattern)
    {
        var scan = new KeyScan();
        var cursor = 0UL;
        scan.Begin(server.Store.Clock.NowMs);
        scan.Pattern = pattern;
        do
            cursor = server.RunAside(ns, keyspace => scan.Run(keyspace, cursor, CountMax / 10));
        while (cursor != 0);
        return scan;
    }

    private static void ReplyKeys(CommandContext context, KeyScan scan)
    {
        context.Reply.Array(scan.Count);
        for (var i = 0; i < scan.Count; i++)
            context.Reply.BulkString(scan[i]);
        scan.Clear();
    }

    // As C reads an unsigned number: blanks and a plus may stand before it. A minus only before zero: what is below is no position.
    internal static bool TryParseCursor(ReadOnlySpan<byte> text, out ulong cursor)
    {
        cursor = 0;
        text = text.TrimStart(" \t\n\v\f\r"u8);
        var isNegative = text is [(byte)'-', ..];
        if (text is [(byte)'+' or (byte)'-', ..])
            text = text[1..];
        return text is [>= (byte)'0' and <= (byte)'9', ..] && Utf8Parser.TryParse(text, out cursor, out var used) && used == text.Length && (cursor == 0 || !isNegative);
    }

    private static bool Refuse(CommandContext context, string error)
    {
        context.Error(error);
        return false;
    }
}
