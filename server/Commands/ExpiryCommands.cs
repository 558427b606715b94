using System.Text;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>Commands on the expiry of keys.</summary>
internal static class ExpiryCommands
{
    private const CommandFlags Write = CommandFlags.Write | CommandFlags.Fast;
    private const CommandFlags Read = CommandFlags.ReadOnly | CommandFlags.Fast;
    private const string ConditionSyntax = " [NX | XX | GT | LT]";

    private static readonly KeySpec Change = KeySpec.One(KeyUse.ReadWrite | KeyUse.Update);
    private static readonly KeySpec Look = KeySpec.One(KeyUse.ReadOnly | KeyUse.Access);

    public static readonly Command[] All =
    [
        new("expire", -3, Write, Change, context => Expire(context, ExpiryUnit.Seconds))
        {
            Since = "1.0.0", Group = "generic", Complexity = "O(1)", Summary = "Lets a key end after some seconds.", Syntax = "key seconds" + ConditionSyntax,
            History = [("7.0.0", "NX, XX, GT and LT.")],
        },
        new("expireat", -3, Write, Change, context => Expire(context, ExpiryUnit.UnixSeconds))
        {
            Since = "1.2.0", Group = "generic", Complexity = "O(1)", Summary = "Lets a key end at a Unix time in seconds.", Syntax = "key unix-time-seconds" + ConditionSyntax,
            History = [("7.0.0", "NX, XX, GT and LT.")],
        },
        new("expiretime", 2, Read, Look, context => Time(context, isAbsolute: true, isMilliseconds: false))
        {
            Since = "7.0.0", Group = "generic", Complexity = "O(1)", Summary = "Tells when a key ends, as a Unix time in seconds.", Syntax = "key",
        },
        new("persist", 2, Write, Change, Persist)
        {
            Since = "2.2.0", Group = "generic", Complexity = "O(1)", Summary = "Takes the expiry off a key.", Syntax = "key",
        },
        new("pexpire", -3, Write, Change, context => Expire(context, ExpiryUnit.Milliseconds))
        {
            Since = "2.6.0", Group = "generic", Complexity = "O(1)", Summary = "Lets a key end after some milliseconds.", Syntax = "key milliseconds" + ConditionSyntax,
            History = [("7.0.0", "NX, XX, GT and LT.")],
        },
        new("pexpireat", -3, Write, Change, context => Expire(context, ExpiryUnit.UnixMilliseconds))
        {
            Since = "2.6.0", Group = "generic", Complexity = "O(1)", Summary = "Lets a key end at a Unix time in milliseconds.", Syntax = "key unix-time-milliseconds" + ConditionSyntax,
            History = [("7.0.0", "NX, XX, GT and LT.")],
        },
        new("pexpiretime", 2, Read, Look, context => Time(context, isAbsolute: true, isMilliseconds: true))
        {
            Since = "7.0.0", Group = "generic", Complexity = "O(1)", Summary = "Tells when a key ends, as a Unix time in milliseconds.", Syntax = "key",
        },
        new("pttl", 2, Read, Look, context => Time(context, isAbsolute: false, isMilliseconds: true))
        {
            Since = "2.6.0", Group = "generic", Complexity = "O(1)", Summary = "Tells in how many milliseconds a key ends.", Syntax = "key",
        },
        new("ttl", 2, Read, Look, context => Time(context, isAbsolute: false, isMilliseconds: false))
        {
            Since = "1.0.0", Group = "generic", Complexity = "O(1)", Summary = "Tells in how many seconds a key ends.", Syntax = "key",
        },
    ];

    private static void Expire(CommandContext context, ExpiryUnit unit)
    {
        if (!TryParseCondition(context, out var condition))
            return;
        if (!context.Request.TryGetInt64(2, out var value))
        {
            context.Error(ErrorReplies.NotAnInteger);
            return;
        }

        if (!ExpiryOption.TryToUnixMs(value, unit, context.NowMs, out var atMs))
        {
            context.Error(ErrorReplies.InvalidExpire(context.Command.FullName));
            return;
        }

        var update = context.Reusable<ExpireUpdate>().For(atMs, condition, context.NowMs);
        context.Keyspace.Update(context.Request[1], update);
        if (update.IsApplied)
            context.Tell(atMs <= context.NowMs ? KeyEvent.Delete : KeyEvent.Expire, context.Request[1]);
        context.Reply.Integer(update.IsApplied ? 1 : 0);
    }

    private static bool TryParseCondition(CommandContext context, out ExpiryCondition condition)
    {
        condition = ExpiryCondition.Always;
        for (var i = 3; i < context.Request.Length; i++)
        {
            var word = context.Request[i];
            if (Ascii.EqualsIgnoreCase(word, "NX"u8))
                condition |= ExpiryCondition.HasNone;
            else if (Ascii.EqualsIgnoreCase(word, "XX"u8))
                condition |= ExpiryCondition.HasOne;
            else if (Ascii.EqualsIgnoreCase(word, "GT"u8))
                condition |= ExpiryCondition.Later;
            else if (Ascii.EqualsIgnoreCase(word, "LT"u8))
                condition |= ExpiryCondition.Earlier;
            else
                return Refuse(context, "ERR Unsupported option " + RequestEcho.Of(word, word.Length));
        }

        if (condition.HasFlag(ExpiryCondition.HasNone) && condition != ExpiryCondition.HasNone)
            return Refuse(context, "ERR NX and XX, GT or LT options at the same time are not compatible");
        if (condition.HasFlag(ExpiryCondition.Later | ExpiryCondition.Earlier))
            return Refuse(context, "ERR GT and LT options at the same time are not compatible");
        return true;
    }

    private static bool Refuse(CommandContext context, string error)
    {
        context.Error(error);
        return false;
    }

    // TTL, PTTL, EXPIRETIME, PEXPIRETIME key
    private static void Time(CommandContext context, bool isAbsolute, bool isMilliseconds)
    {
        var info = context.Reusable<RecordInfoReader>().AsUse(false);
        if (!context.Keyspace.Read(context.Request[1], info))
        {
            context.Miss(context.Request[1]);
            context.Reply.Integer(-2);
            return;
        }

        context.Counters.Hits++;
        if (info.ExpiresAtMs == 0)
        {
            context.Reply.Integer(-1);
            return;
        }

        var time = isAbsolute ? info.ExpiresAtMs : Math.Max(info.ExpiresAtMs - context.NowMs, 0);
        context.Reply.Integer(isMilliseconds ? time : (time / 1000) + (time % 1000 >= 500 ? 1 : 0));
    }

    // PERSIST key
    private static void Persist(CommandContext context)
    {
        var update = context.Reusable<PersistUpdate>();
        context.Keyspace.Update(context.Request[1], update);
        if (update.IsApplied)
            context.Tell(KeyEvent.Persist, context.Request[1]);
        context.Reply.Integer(update.IsApplied ? 1 : 0);
    }
}
