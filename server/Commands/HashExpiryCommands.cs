using System.Text;
using RespKv.Server.Kv;
using RespKv.Server.Kv.Hashes;
using RespKv.Server.Storage.Hashes;

namespace RespKv.Server.Commands;

/// <summary>Commands on the expiry of fields of hashes.</summary>
internal static class HashExpiryCommands
{
    private const CommandFlags Write = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast;
    private const CommandFlags Read = CommandFlags.ReadOnly | CommandFlags.Fast;
    private const string ExpireSyntax = " [NX | XX | GT | LT] FIELDS numfields field [field ...]";
    private const string ReadSyntax = "key FIELDS numfields field [field ...]";
    private const string PerField = "O(N), N being the number of fields.";

    // The latest time that Redis gives a field.
    private const long LatestMs = 0xFFFF_FFFF_FFFF >> 2;

    private static readonly KeySpec Change = KeySpec.One(KeyUse.ReadWrite | KeyUse.Update);
    private static readonly KeySpec Look = KeySpec.One(KeyUse.ReadOnly | KeyUse.Access);

    public static readonly Command[] All =
    [
        new("hexpire", -6, Write, Change, context => Expire(context, ExpiryUnit.Seconds))
        {
            Since = "7.4.0", Group = "hash", Complexity = PerField, Summary = "Lets fields end after some seconds.", Syntax = "key seconds" + ExpireSyntax,
        },
        new("hexpireat", -6, Write, Change, context => Expire(context, ExpiryUnit.UnixSeconds))
        {
            Since = "7.4.0", Group = "hash", Complexity = PerField, Summary = "Lets fields end at a Unix time in seconds.", Syntax = "key unix-time-seconds" + ExpireSyntax,
        },
        new("hexpiretime", -5, Read, Look, context => Time(context, isAbsolute: true, isMilliseconds: false))
        {
            Since = "7.4.0", Group = "hash", Complexity = PerField, Summary = "Tells when fields end, as Unix times in seconds.", Syntax = ReadSyntax,
        },
        new("hpersist", -5, CommandFlags.Write | CommandFlags.Fast, Change, Persist)
        {
            Since = "7.4.0", Group = "hash", Complexity = PerField, Summary = "Takes the expiry off fields.", Syntax = ReadSyntax,
        },
        new("hpexpire", -6, Write, Change, context => Expire(context, ExpiryUnit.Milliseconds))
        {
            Since = "7.4.0", Group = "hash", Complexity = PerField, Summary = "Lets fields end after some milliseconds.", Syntax = "key milliseconds" + ExpireSyntax,
        },
        new("hpexpireat", -6, Write, Change, context => Expire(context, ExpiryUnit.UnixMilliseconds))
        {
            Since = "7.4.0", Group = "hash", Complexity = PerField, Summary = "Lets fields end at a Unix time in milliseconds.", Syntax = "key unix-time-milliseconds" + ExpireSyntax,
        },
        new("hpexpiretime", -5, Read, Look, context => Time(context, isAbsolute: true, isMilliseconds: true))
        {
            Since = "7.4.0", Group = "hash", Complexity = PerField, Summary = "Tells when fields end, as Unix times in milliseconds.", Syntax = ReadSyntax,
        },
        new("hpttl", -5, Read, Look, context => Time(context, isAbsolute: false, isMilliseconds: true))
        {
            Since = "7.4.0", Group = "hash", Complexity = PerField, Summary = "Tells in how many milliseconds fields end.", Syntax = ReadSyntax,
        },
        new("httl", -5, Read, Look, context => Time(context, isAbsolute: false, isMilliseconds: false))
        {
            Since = "7.4.0", Group = "hash", Complexity = PerField, Summary = "Tells in how many seconds fields end.", Syntax = ReadSyntax,
        },
    ];

    // HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT key time [NX | XX | GT | LT] FIELDS numfields field [field ...]
    private static void Expire(CommandContext context, ExpiryUnit unit)
    {
        if (!IsHashOrMissing(context) || !TryReadTime(context, unit, out var atMs))
            return;
        var condition = ConditionOf(context.Request[3]);
        var fieldsAt = condition == ExpiryCondition.Always ? 3 : 4;
        if (!TryReadFields(context, fieldsAt, "ERR Parameter `numFields` should be greater than 0", out var first) || ColdFields.MustFetch(context, first, step: 1))
            return;
        var change = context.Reusable<ExpireFields>().For(atMs, condition, context.NowMs);
        if (!TryChange(context, change, first))
            return;
        if (change.HasDeleted || change.HasSet)
            HashCommands.Tell(context, change.HasDeleted ? KeyEvent.HashDelete : KeyEvent.HashExpire);
        ReplyAnswers(context, change);
    }

    // HPERSIST key FIELDS numfields field [field ...]
    private static void Persist(CommandContext context)
    {
        if (!IsHashOrMissing(context) || !TryReadFields(context, 2, "ERR Number of fields must be a positive integer", out var first) || ColdFields.MustFetch(context, first, step: 1))
            return;
        var change = context.Reusable<PersistFields>();
        if (!TryChange(context, change, first))
            return;
        if (change.HasPersisted)
            HashCommands.Tell(context, KeyEvent.HashPersist);
        ReplyAnswers(context, change);
    }

    private static bool TryChange(CommandContext context, AnsweringChange change, int first)
    {
        change.Clear();
        for (var i = first; i < context.Request.Length; i++)
            change.AddName(context.Request.Memory(i));
        return HashCommands.TryChange(context, change);
    }

    private static void ReplyAnswers(CommandContext context, AnsweringChange change)
    {
        context.Reply.Array(change.Answers.Count);
        foreach (var answer in change.Answers)
            context.Reply.Integer(answer);
    }

    // HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME key FIELDS numfields field [field ...]
    private static void Time(CommandContext context, bool isAbsolute, bool isMilliseconds)
    {
        if (!IsHashOrMissing(context) || !TryReadFields(context, 2, "ERR Number of fields must be a positive integer", out var first) || ColdFields.MustFetch(context, first, step: 1))
            return;
        var request = context.Request;
        if (!HashAccess.TryOpen(context, isAlone: request.Length > first + 1, out var hash))
            return;
        context.Reply.Array(request.Length - first);
        for (var i = first; i < request.Length; i++)
        {
            var at = TimeOf(context, hash, i);
            if (at <= 0)
                context.Reply.Integer(at == 0 ? -1 : -2);
            else if (isMilliseconds)
                context.Reply.Integer(isAbsolute ? at : at - context.NowMs);
            else
                context.Reply.Integer((at + 999 - (isAbsolute ? 0 : context.NowMs)) / 1000);
        }
    }

    // Unix ms; 0 for none, -1 when there is no such field.
    private static long TimeOf(CommandContext context, OpenHash hash, int argument)
    {
        var name = context.Request[argument];
        if (hash.Fields is { } fields)
        {
            var reader = context.Reusable<RecordInfoReader>().AsUse(false);
            return context.Keyspace.Session.Read(fields, name, reader) ? reader.ExpiresAtMs : -1;
        }

        return hash.IsThere && PackedHash.TryFind(hash.Image.Span, name, context.NowMs, out var field) ? field.ExpiresAtMs : -1;
    }

    // Redis looks at the key before it looks at the other arguments.
    private static bool IsHashOrMissing(CommandContext context)
    {
        var info = context.Reusable<RecordInfoReader>().AsUse(false);
        if (!context.Keyspace.Read(context.Request[1], info) || info.IsHash)
            return true;
        context.Error(ErrorReplies.WrongType);
        return false;
    }

    private static bool TryReadTime(CommandContext context, ExpiryUnit unit, out long atMs)
    {
        atMs = 0;
        if (!context.Request.TryGetInt64(2, out var value))
            return Refuse(context, ErrorReplies.NotAnInteger);
        if (value < 0)
            return Refuse(context, "ERR invalid expire time, must be >= 0");
        if (!ExpiryOption.TryToUnixMs(value, unit, context.NowMs, out atMs) || atMs > LatestMs)
            return Refuse(context, ErrorReplies.InvalidExpire(context.Command.FullName));
        return true;
    }

    private static bool TryReadFields(CommandContext context, int wordAt, string countError, out int first)
    {
        first = wordAt + 2;
        var request = context.Request;
        if (!Ascii.EqualsIgnoreCase(request[wordAt], "FIELDS"u8))
            return Refuse(context, "ERR Mandatory argument FIELDS is missing or not at the right position");
        if (!request.TryGetInt64(wordAt + 1, out var count) || count < 1)
            return Refuse(context, countError);
        return count == request.Length - first || Refuse(context, "ERR The `numfields` parameter must match the number of arguments");
    }

    private static ExpiryCondition ConditionOf(ReadOnlySpan<byte> word) =>
        Ascii.EqualsIgnoreCase(word, "NX"u8) ? ExpiryCondition.HasNone
        : Ascii.EqualsIgnoreCase(word, "XX"u8) ? ExpiryCondition.HasOne
        : Ascii.EqualsIgnoreCase(word, "GT"u8) ? ExpiryCondition.Later
        : Ascii.EqualsIgnoreCase(word, "LT"u8) ? ExpiryCondition.Earlier
        : ExpiryCondition.Always;

    private static bool Refuse(CommandContext context, string error)
    {
        context.Error(error);
        return false;
    }
}
