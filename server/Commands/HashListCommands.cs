using System.Buffers.Text;
using System.Text;
using RespKv.Server.Kv.Hashes;

namespace RespKv.Server.Commands;

/// <summary>Commands that list fields of hashes.</summary>
internal static class HashListCommands
{
    private const int CountDefault = 10;
    private const int CountMax = 20_000;

    // Random fields of a large hash are drawn one by one where that is less work than to take all.
    private const int DrawnPart = 3;

    // Replies may be made of many times the same fields: whoever asks for more than any client may leave unread has no use for it.
    private const long ReplyBytesMax = 512L << 20;

    private static readonly KeySpec Read = KeySpec.One(KeyUse.ReadOnly | KeyUse.Access);

    public static readonly Command[] All =
    [
        new("hgetall", 2, CommandFlags.ReadOnly, Read, context => GetAll(context, names: true, values: true))
        {
            Since = "2.0.0", Group = "hash", Complexity = "O(N), N being the number of fields.", Summary = "Returns all fields and their values.", Syntax = "key",
        },
        new("hkeys", 2, CommandFlags.ReadOnly, Read, context => GetAll(context, names: true, values: false))
        {
            Since = "2.0.0", Group = "hash", Complexity = "O(N), N being the number of fields.", Summary = "Returns the names of all fields.", Syntax = "key",
        },
        new("hrandfield", -2, CommandFlags.ReadOnly, Read, RandomField)
        {
            Since = "6.2.0", Group = "hash", Complexity = "O(N), N being the number of fields returned.", Summary = "Returns fields at random.", Syntax = "key [count [WITHVALUES]]",
        },
        new("hscan", -3, CommandFlags.ReadOnly, Read, Scan)
        {
            Since = "2.8.0", Group = "hash", Complexity = "O(1) for a call. O(N) for a whole iteration, N being the number of fields.", Summary = "Goes through the fields, some at a call.",
            Syntax = "key cursor [MATCH pattern] [COUNT count] [NOVALUES]", History = [("7.4.0", "NOVALUES.")],
        },
        new("hvals", 2, CommandFlags.ReadOnly, Read, context => GetAll(context, names: false, values: true))
        {
            Since = "2.0.0", Group = "hash", Complexity = "O(N), N being the number of fields.", Summary = "Returns the values of all fields.", Syntax = "key",
        },
    ];

    // HGETALL, HKEYS, HVALS key
    private static void GetAll(CommandContext context, bool names, bool values)
    {
        var made = context.Client.Result as LargeHashReply;
        if (made != null)
            context.Client.Result = null;
        if ((made?.TryWriteTo(context, isMap: names && values) ?? false) || ColdFields.MustFetchAll(context, values, isTakenInSlices: made == null))
            return;
        // Where it could not be made beside the others, they wait.
        if (!HashAccess.TryOpen(context, isAlone: true, out var hash, made == null ? (waiting, large) => LargeHashReply.MustWait(waiting, large, names, values) : null))
            return;
        var fields = TakeAll(context, hash, values);
        var reply = context.Reply;
        if (names && values)
            reply.Map(fields.Count);
        else
            reply.Array(fields.Count);
        for (var i = 0; i < fields.Count; i++)
        {
            if (names)
                reply.BulkString(fields.Name(i));
            if (values)
                reply.BulkString(fields.Value(i).Span);
        }

        fields.Clear();
    }

    private static HashFields TakeAll(CommandContext context, OpenHash hash, bool values)
    {
        var taken = context.Reusable<HashFields>();
        taken.Clear();
        if (hash.Fields is { } fields)
            taken.TakeAll(context.Keyspace, fields, values);
        else if (hash.IsThere)
            taken.Take(hash.Image.Span, context.NowMs);
        return taken;
    }

    // HRANDFIELD key [count [WITHVALUES]]
    private static void RandomField(CommandContext context)
    {
        var request = context.Request;
        var count = 0L;
        var withValues = request.Length == 4;
        if (request.Length > 2)
        {
            if (!request.TryGetInt64(2, out count))
            {
                context.Error(ErrorReplies.NotAnInteger);
                return;
            }

            if (count == long.MinValue)
            {
                context.Error($"ERR value is out of range, value must between {-long.MaxValue} and {long.MaxValue}");
                return;
            }

            if (request.Length > 4 || (withValues && !Ascii.EqualsIgnoreCase(request[3], "WITHVALUES"u8)))
            {
                context.Error(ErrorReplies.Syntax);
                return;
            }

            if (withValues && count is < -long.MaxValue / 2 or > long.MaxValue / 2)
            {
                context.Error(ErrorReplies.OutOfRange);
                return;
            }
        }

        var isCold = Math.Abs(count) > CountMax ? ColdFields.MustFetchAll(context, withValues) : ColdFields.MustMove(context);
        if (isCold || !HashAccess.TryOpen(context, isAlone: true, out var hash))
            return;
        if (request.Length == 2)
            ReplyOne(context, hash);
        else if (count >= 0)
            ReplyDifferent(context, hash, count, withValues);
        else
            ReplyAny(context, hash, -count, withValues);
        context.Reusable<HashFields>().Clear();
    }

    private static void ReplyOne(CommandContext context, OpenHash hash)
    {
        var fields = Draw(context, hash, values: false);
        if (fields.Count > 0)
            context.Reply.BulkString(fields.Name(0));
        else
            context.Reply.Null();
    }

    // One field at random, or none.
    private static HashFields Draw(CommandContext context, OpenHash hash, bool values)
    {
        var fields = context.Reusable<HashFields>();
        fields.Clear();
        if (hash.Fields is { } large && fields.TryTakeRandom(context.Keyspace, large, values))
            return fields;
        fields = TakeAll(context, hash, values);
        fields.KeepRandom(1);
        return fields;
    }

    private static void ReplyDifferent(CommandContext context, OpenHash hash, long count, bool withValues)
    {
        var fields = context.Reusable<HashFields>();
        fields.Clear();
        if (hash.Fields is not { Directory: { WheelCount: 0 } directory } large || count * DrawnPart > directory.Count || count > CountMax)
        {
            fields = TakeAll(context, hash, withValues);
            if (count < fields.Count)
                fields.KeepRandom((int)count);
        }
        else
        {
            fields.TakeRandom(context.Keyspace, large, (int)count, withValues);
        }

        ReplyHeader(context, fields.Count, withValues);
        for (var i = 0; i < fields.Count; i++)
            ReplyField(context, fields, i, withValues);
    }

    private static void ReplyAny(CommandContext context, OpenHash hash, long count, bool withValues)
    {
        var all = hash.Fields == null ? TakeAll(context, hash, withValues) : Draw(context, hash, withValues);
        if (all.Count == 0)
        {
            context.Reply.Array(0);
            return;
        }

        ReplyHeader(context, count, withValues);
        var before = context.Reply.BytesWritten;
        for (var i = 0L; i < count; i++)
        {
            if (hash.Fields != null)
                ReplyField(context, Draw(context, hash, withValues), 0, withValues);
            else
                ReplyField(context, all, Random.Shared.Next(all.Count), withValues);
            if (context.Reply.BytesWritten - before <= ReplyBytesMax)
                continue;
            context.Client.Connection.Abort();
            return;
        }
    }

    private static void ReplyHeader(CommandContext context, long count, bool withValues) =>
        context.Reply.Array(withValues && !context.Reply.IsResp3 ? count * 2 : count);

    private static void ReplyField(CommandContext context, HashFields fields, int index, bool withValues)
    {
        if (withValues && context.Reply.IsResp3)
            context.Reply.Array(2);
        context.Reply.BulkString(fields.Name(index));
        if (withValues)
            context.Reply.BulkString(fields.Value(index).Span);
    }

    // HSCAN key cursor [MATCH pattern] [COUNT count] [NOVALUES]
    private static void Scan(CommandContext context)
    {
        var request = context.Request;
        if (!ScanCommands.TryParseCursor(request[2], out var cursor))
        {
            context.Error(ErrorReplies.InvalidCursor);
            return;
        }

        if (!HashAccess.TryOpen(context, isAlone: false, out var hash))
            return;
        var fields = context.Reusable<HashFields>();
        fields.Clear();
        var withValues = true;
        if (!hash.IsThere)
        {
            cursor = 0;
        }
        else
        {
            if (!HashScanOptions.TryParse(context, out var options) || ColdFields.MustFetchSome(context, cursor, Math.Min(options.Count, CountMax)))
                return;
            withValues = !options.NoValues;
            cursor = TakeSome(context, hash, fields, cursor, options);
        }

        Reply(context, fields, cursor, withValues);
        fields.Clear();
    }

    private static ulong TakeSome(CommandContext context, OpenHash hash, HashFields fields, ulong cursor, HashScanOptions options)
    {
        if (hash.Fields is { } large)
            return fields.TakeSome(context.Keyspace, large, cursor, Math.Min(options.Count, CountMax), options.Pattern, !options.NoValues);
        fields.Take(hash.Image.Span, context.NowMs);
        fields.KeepMatches(options.Pattern.Span);
        return 0;
    }

    private static void Reply(CommandContext context, HashFields fields, ulong cursor, bool withValues)
    {
        context.Reply.Array(2);
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(cursor, digits, out var length);
        context.Reply.BulkString(digits[..length]);
        context.Reply.Array(withValues ? fields.Count * 2 : fields.Count);
        for (var i = 0; i < fields.Count; i++)
        {
            context.Reply.BulkString(fields.Name(i));
            if (withValues)
                context.Reply.BulkString(fields.Value(i).Span);
        }
    }

    private struct HashScanOptions()
    {
        public ReadOnlyMemory<byte> Pattern = "*"u8.ToArray();
        public int Count = CountDefault;
        public bool NoValues;

        /// <summary>Reads the options; false when the reply has been made an error.</summary>
        public static bool TryParse(CommandContext context, out HashScanOptions options)
        {
            options = new HashScanOptions();
            var request = context.Request;
            for (var i = 3; i < request.Length; i++)
            {
                var hasValue = i + 1 < request.Length;
                if (Ascii.EqualsIgnoreCase(request[i], "NOVALUES"u8))
                {
                    options.NoValues = true;
                }
                else if (hasValue && Ascii.EqualsIgnoreCase(request[i], "MATCH"u8))
                {
                    options.Pattern = request.Memory(++i);
                }
                else if (hasValue && Ascii.EqualsIgnoreCase(request[i], "COUNT"u8))
                {
                    if (!TryReadCount(context, ++i, out options.Count))
                        return false;
                }
                else
                {
                    context.Error(ErrorReplies.Syntax);
                    return false;
                }
            }

            return true;
        }

        private static bool TryReadCount(CommandContext context, int argument, out int count)
        {
            count = 0;
            if (!context.Request.TryGetInt64(argument, out var number))
                context.Error(ErrorReplies.NotAnInteger);
            else if (number < 1)
                context.Error(ErrorReplies.Syntax);
            else
                count = (int)Math.Min(number, CountMax);
            return count > 0;
        }
    }
}
