
using RespKv.Server.Kv;
using RespKv.Server.Kv.Hashes;
using RespKv.Server.Storage.Hashes;

namespace RespKv.Server.Commands;

/// <summary>Commands on single fields of hashes.</summary>
internal static class HashCommands
{
    private const CommandFlags FastWrite = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast;
    private const CommandFlags FastRead = CommandFlags.ReadOnly | CommandFlags.Fast;

    // Arguments before the first field.
    private const int FirstField = 2;

    private static readonly KeySpec Read = KeySpec.One(KeyUse.ReadOnly | KeyUse.Access);
    private static readonly KeySpec Look = KeySpec.One(KeyUse.ReadOnly);
    private static readonly KeySpec Change = KeySpec.One(KeyUse.ReadWrite | KeyUse.Update);
    private static readonly KeySpec Count = KeySpec.One(KeyUse.ReadWrite | KeyUse.Access | KeyUse.Update);

    public static readonly Command[] All =
    [
        new("hdel", -3, CommandFlags.Write | CommandFlags.Fast, KeySpec.One(KeyUse.ReadWrite | KeyUse.Delete), Delete)
        {
            Since = "2.0.0", Group = "hash", Complexity = "O(N), N being the number of fields.", Summary = "Deletes fields and tells how many there were; a hash without fields goes.", Syntax = "key field [field ...]",
            History = [("2.4.0", "Several fields.")],
        },
        new("hexists", 3, FastRead, Look, Exists)
        {
            Since = "2.0.0", Group = "hash", Complexity = "O(1)", Summary = "Tells whether a field is there.", Syntax = "key field",
        },
        new("hget", 3, FastRead, Read, Get)
        {
            Since = "2.0.0", Group = "hash", Complexity = "O(1)", Summary = "Returns the value of a field.", Syntax = "key field",
        },
        new("hincrby", 4, FastWrite, Count, Increment)
        {
            Since = "2.0.0", Group = "hash", Complexity = "O(1)", Summary = "Adds a number to an integer field; a missing one counts as 0.", Syntax = "key field increment",
        },
        new("hincrbyfloat", 4, FastWrite, Count, IncrementByFloat)
        {
            Since = "2.6.0", Group = "hash", Complexity = "O(1)", Summary = "Adds a decimal fraction to a numeric field; a missing one counts as 0.", Syntax = "key field increment",
        },
        new("hlen", 2, FastRead, Look, Length)
        {
            Since = "2.0.0", Group = "hash", Complexity = "O(1)", Summary = "Returns the number of fields.", Syntax = "key",
        },
        new("hmget", -3, FastRead, Read, GetMany)
        {
            Since = "2.0.0", Group = "hash", Complexity = "O(N), N being the number of fields.", Summary = "Returns the values of several fields.", Syntax = "key field [field ...]",
        },
        new("hmset", -4, FastWrite, Change, context => Set(context, isOkReply: true))
        {
            Since = "2.0.0", Group = "hash", Complexity = "O(N), N being the number of fields.", Summary = "Sets the values of fields.", Syntax = "key field value [field value ...]",
        },
        new("hset", -4, FastWrite, Change, context => Set(context, isOkReply: false))
        {
            Since = "2.0.0", Group = "hash", Complexity = "O(N), N being the number of fields.", Summary = "Sets the values of fields and tells how many are new.", Syntax = "key field value [field value ...]",
            History = [("4.0.0", "Several fields.")],
        },
        new("hsetnx", 4, FastWrite, KeySpec.One(KeyUse.ReadWrite | KeyUse.Insert), SetIfMissing)
        {
            Since = "2.0.0", Group = "hash", Complexity = "O(1)", Summary = "Sets the value of a field that is missing.", Syntax = "key field value",
        },
        new("hstrlen", 3, FastRead, Look, ValueLength)
        {
            Since = "3.2.0", Group = "hash", Complexity = "O(1)", Summary = "Returns the length of a field's value.", Syntax = "key field",
        },
    ];

    /// <summary>Makes a change to the hash of the first argument; false when the reply has been made an error.</summary>
    public static bool TryChange(CommandContext context, HashChange change)
    {
        if (context.Reusable<HashStore>().Change(context.Keyspace, context.Request[1], change, context.Server.HashLimits))
            return true;
        context.Error(ErrorReplies.WrongType);
        return false;
    }

    /// <summary>Tells what the change has done to the hash of the first argument; that the key is new is told before, that it has gone behind that.</summary>
    public static void Tell(CommandContext context, KeyEvent what)
    {
        var key = context.Request[1];
        var hashes = context.Reusable<HashStore>();
        if (hashes.HasCreated)
            context.Tell(KeyEvent.New, key);
        context.Tell(what, key);
        if (hashes.HasDeleted)
            context.Tell(KeyEvent.Delete, key);
    }

    // HSET key field value [field value ...]; HMSET
    private static void Set(CommandContext context, bool isOkReply)
    {
        var request = context.Request;
        if (request.Length % 2 != 0)
        {
            context.Error(ErrorReplies.WrongArity(context.Command.FullName));
            return;
        }

        if (ColdFields.MustFetch(context, FirstField, step: 2))
            return;
        var change = context.Reusable<SetFields>();
        change.Clear();
        for (var i = FirstField; i < request.Length; i += 2)
            change.Add(request.Memory(i), request.Memory(i + 1));
        if (!TryChange(context, change))
            return;
        Tell(context, KeyEvent.HashSet);
        if (isOkReply)
            context.Reply.Ok();
        else
            context.Reply.Integer(change.Sum);
    }

    // HSETNX key field value
    private static void SetIfMissing(CommandContext context)
    {
        if (ColdFields.MustFetch(context, FirstField, step: 2))
            return;
        var change = context.Reusable<SetFields>();
        change.Clear();
        change.LeavePresent();
        change.Add(context.Request.Memory(FirstField), context.Request.Memory(FirstField + 1));
        if (!TryChange(context, change))
            return;
        if (change.Sum > 0)
            Tell(context, KeyEvent.HashSet);
        context.Reply.Integer(change.Sum);
    }

    // HDEL key field [field ...]
    private static void Delete(CommandContext context)
    {
        if (ColdFields.MustFetch(context, FirstField, step: 1))
            return;
        var change = context.Reusable<RemoveFields>();
        change.Clear();
        for (var i = FirstField; i < context.Request.Length; i++)
            change.AddName(context.Request.Memory(i));
        if (!TryChange(context, change))
            return;
        if (change.Sum > 0)
            Tell(context, KeyEvent.HashDelete);
        context.Reply.Integer(change.Sum);
    }

    // HINCRBY key field increment
    private static void Increment(CommandContext context)
    {
        if (!context.Request.TryGetInt64(FirstField + 1, out var increment))
        {
            context.Error(ErrorReplies.NotAnInteger);
            return;
        }

        if (ColdFields.MustFetch(context, FirstField, step: 2))
            return;
        var change = context.Reusable<IncrementField>().By(increment);
        change.Clear();
        change.AddName(context.Request.Memory(FirstField));
        if (!TryChange(context, change))
            return;
        if (change.IsNotAnInteger)
        {
            context.Error("ERR hash value is not an integer");
            return;
        }

        if (change.HasOverflowed)
        {
            context.Error(ErrorReplies.Overflow);
            return;
        }

        Tell(context, KeyEvent.HashIncrementBy);
        context.Reply.Integer(change.Result);
    }

    // HINCRBYFLOAT key field increment
    private static void IncrementByFloat(CommandContext context)
    {
        if (!LongDouble.TryParse(context.Request[FirstField + 1], out var increment))
        {
            context.Error(ErrorReplies.NotAFloat);
            return;
        }

        if (!increment.IsFinite)
        {
            context.Error("ERR value is NaN or Infinity");
            return;
        }

        if (ColdFields.MustFetch(context, FirstField, step: 2))
            return;
        var change = context.Reusable<IncrementFieldFloat>().By(increment);
        change.Clear();
        change.AddName(context.Request.Memory(FirstField));
        if (!TryChange(context, change))
            return;
        if (change.IsNotAFloat)
        {
            context.Error("ERR hash value is not a float");
            return;
        }

        if (change.IsNotFinite)
        {
            context.Error("ERR increment would produce NaN or Infinity");
            return;
        }

        Tell(context, KeyEvent.HashIncrementByFloat);
        context.Reply.BulkString(change.Result);
    }

    // HGET key field
    private static void Get(CommandContext context)
    {
        if (TryFind(context) is not { } found)
            return;
        if (found)
            context.Reply.BulkString(context.Reusable<HashStore>().Value.Span);
        else
            context.Reply.Null();
    }

    // HEXISTS key field
    private static void Exists(CommandContext context)
    {
        if (TryFind(context) is { } found)
            context.Reply.Integer(found ? 1 : 0);
    }

    // HSTRLEN key field
    private static void ValueLength(CommandContext context)
    {
        if (TryFind(context) is { } found)
            context.Reply.Integer(found ? context.Reusable<HashStore>().Value.Length : 0);
    }

    /// <summary>Looks for the field of the second argument; null when the client waits, or the reply has been made an error.</summary>
    private static bool? TryFind(CommandContext context)
    {
        if (ColdFields.MustFetch(context, FirstField, step: 1))
            return null;
        var hashes = context.Reusable<HashStore>();
        var found = hashes.TryGet(context.Keyspace, context.Request[1], context.Request.Memory(FirstField));
        HashAccess.Count(context, hashes.HasKey);
        if (found == null)
            context.Error(ErrorReplies.WrongType);
        return found;
    }

    // HMGET key field [field ...]
    private static void GetMany(CommandContext context)
    {
        if (ColdFields.MustFetch(context, FirstField, step: 1) || !HashAccess.TryOpen(context, context.Request.Length > FirstField + 1, out var hash))
            return;
        var request = context.Request;
        context.Reply.Array(request.Length - FirstField);
        for (var i = FirstField; i < request.Length; i++)
        {
            if (hash.Fields is { } fields)
            {
                if (!context.Keyspace.Session.Read(fields, request[i], context.BulkString.For(context.Reply)))
                    context.Reply.Null();
            }
            else if (!hash.Image.IsEmpty && PackedHash.TryFind(hash.Image.Span, request[i], context.NowMs, out var field))
            {
                context.Reply.BulkString(field.Value);
            }
            else
            {
                context.Reply.Null();
            }
        }
    }

    // HLEN key
    private static void Length(CommandContext context)
    {
        if (!HashAccess.TryOpen(context, isAlone: false, out var hash))
            return;
        if (hash.Fields is { } fields)
            context.Reply.Integer(fields.Directory.Count);
        else
            context.Reply.Integer(hash.Image.IsEmpty ? 0 : PackedHash.LiveCount(hash.Image.Span, context.NowMs));
    }
}
