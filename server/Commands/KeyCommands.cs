using System.Text;
using RespKv.Server.Kv;
using RespKv.Server.Kv.Hashes;

namespace RespKv.Server.Commands;

/// <summary>Commands on keys of any type.</summary>
internal static class KeyCommands
{
    private const CommandFlags FastRead = CommandFlags.ReadOnly | CommandFlags.Fast;
    private static readonly KeySpec Metadata = KeySpec.One(KeyUse.ReadOnly);

    public static readonly Command[] All =
    [
        new("copy", -3, CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Alone, KeySpec.Two(KeyUse.ReadWrite), Copy)
        {
            KeySpecs = [KeySpec.At(1, KeyUse.ReadOnly | KeyUse.Access), KeySpec.At(2, KeyUse.Overwrite | KeyUse.Update)],
            Since = "6.2.0", Group = "generic", Complexity = "O(N), N being the bytes of the value.", Summary = "Copies a key to another one, with its expiry.",
            Syntax = "source destination [DB destination-db] [REPLACE]",
        },
        new("del", -2, CommandFlags.Write, KeySpec.All(KeyUse.Remove | KeyUse.Delete), Delete)
        {
            Since = "1.0.0", Group = "generic", Complexity = "O(N), N being the number of keys.", Summary = "Deletes keys and tells how many there were.", Syntax = "key [key ...]",
            NeedsRecords = false,
        },
        new("exists", -2, FastRead, KeySpec.All(KeyUse.ReadOnly), context => CountKeys(context, isUse: false))
        {
            Since = "1.0.0", Group = "generic", Complexity = "O(N), N being the number of keys.", Summary = "Tells how many of the keys are there.", Syntax = "key [key ...]",
            History = [("3.0.3", "Several keys.")],
            NeedsRecords = false,
        },
        new("move", 3, CommandFlags.Write | CommandFlags.Fast | CommandFlags.Alone, KeySpec.One(KeyUse.ReadWrite | KeyUse.Access | KeyUse.Update), Move)
        {
            Since = "1.0.0", Group = "generic", Complexity = "O(N), N being the bytes of the value.", Summary = "Moves a key to another database.", Syntax = "key db",
        },
        new("object", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "2.2.3", Group = "generic", Complexity = "Depends on the subcommand.", Summary = "Tells how a value is kept.", Subcommands = ObjectCommands.All,
        },
        new("randomkey", 1, CommandFlags.ReadOnly, KeySpec.None, RandomKey)
        {
            Since = "1.0.0", Group = "generic", Complexity = "O(1)", Summary = "Returns one of the keys.", Categories = ["keyspace"],
        },
        new("rename", 3, CommandFlags.Write | CommandFlags.Alone, KeySpec.Two(KeyUse.ReadWrite), context => Rename(context, ifMissing: false))
        {
            KeySpecs = [KeySpec.At(1, KeyUse.ReadWrite | KeyUse.Access | KeyUse.Delete), KeySpec.At(2, KeyUse.Overwrite | KeyUse.Update)],
            Since = "1.0.0", Group = "generic", Complexity = "O(N), N being the bytes of the value.", Summary = "Gives a key another name, over whatever has it.", Syntax = "key newkey",
        },
        new("renamenx", 3, CommandFlags.Write | CommandFlags.Fast | CommandFlags.Alone, KeySpec.Two(KeyUse.ReadWrite), context => Rename(context, ifMissing: true))
        {
            KeySpecs = [KeySpec.At(1, KeyUse.ReadWrite | KeyUse.Access | KeyUse.Delete), KeySpec.At(2, KeyUse.Overwrite | KeyUse.Insert)],
            Since = "1.0.0", Group = "generic", Complexity = "O(N), N being the bytes of the value.", Summary = "Gives a key another name, if none has it.", Syntax = "key newkey",
        },
        new("touch", -2, FastRead, KeySpec.All(KeyUse.ReadOnly), context => CountKeys(context, isUse: true))
        {
            Since = "3.2.1", Group = "generic", Complexity = "O(N), N being the number of keys.", Summary = "Marks keys as used and tells how many there are.", Syntax = "key [key ...]",
        },
        new("type", 2, FastRead, Metadata, TypeOf)
        {
            Since = "1.0.0", Group = "generic", Complexity = "O(1)", Summary = "Tells what kind of value a key holds.", Syntax = "key",
        },
        new("unlink", -2, CommandFlags.Write | CommandFlags.Fast, KeySpec.All(KeyUse.Remove | KeyUse.Delete), Delete)
        {
            Since = "4.0.0", Group = "generic", Complexity = "O(N), N being the number of keys.", Summary = "Deletes keys; what they take is given back later.", Syntax = "key [key ...]",
            NeedsRecords = false,
        },
    ];

    // DEL key [key ...]
    private static void Delete(CommandContext context)
    {
        var request = context.Request;
        if (request.Length > 2)
            context.Keyspace.BeAlone();
        var update = context.Reusable<DeleteUpdate>();
        var deleted = 0;
        for (var i = 1; i < request.Length; i++)
        {
            context.FetchAhead(i, step: 1);
            if (!context.Keyspace.Delete(request[i], update))
                continue;
            context.Tell(KeyEvent.Delete, request[i]);
            deleted++;
        }

        context.Reply.Integer(deleted);
    }

    // EXISTS key [key ...]; TOUCH key [key ...]
    private static void CountKeys(CommandContext context, bool isUse)
    {
        var reader = context.Reusable<RecordInfoReader>().AsUse(isUse);
        var count = 0;
        for (var i = 1; i < context.Request.Length; i++)
        {
            context.FetchAhead(i, step: 1);
            if (isUse ? context.Keyspace.Read(context.Request[i], reader) : context.Keyspace.Exists(context.Request[i], reader))
            {
                context.Counters.Hits++;
                count++;
            }
            else
            {
                context.Miss(context.Request[i]);
            }
        }

        context.Reply.Integer(count);
    }

    // TYPE key
    private static void TypeOf(CommandContext context)
    {
        var reader = context.Reusable<RecordInfoReader>().AsUse(false);
        var isFound = context.Keyspace.Read(context.Request[1], reader);
        CountLookup(context, isFound);
        context.Reply.SimpleString(isFound ? Encoding.ASCII.GetBytes(TypeNames.Of(reader.Type)) : "none"u8);
    }

    // RENAME key newkey; RENAMENX key newkey
    private static void Rename(CommandContext context, bool ifMissing)
    {
        var request = context.Request;
        var copy = context.Reusable<RecordCopy>();
        if (!context.Keyspace.Read(request[1], copy))
        {
            context.Error(ErrorReplies.NoSuchKey);
            return;
        }

        var isSame = request[1].SequenceEqual(request[2]);
        if (ifMissing && (isSame || context.Keyspace.Exists(request[2], context.Reusable<RecordInfoReader>())))
        {
            context.Reply.Integer(0);
        }
        else
        {
            if (!isSame)
            {
                context.Keyspace.Overwrite(request[2], context.Reusable<PutRecordUpdate>().For(copy));
                context.Keyspace.Delete(request[1], context.Reusable<DeleteUpdate>());
                context.Tell(KeyEvent.New, request[2]);
                context.Tell(KeyEvent.RenameFrom, request[1]);
                context.Tell(KeyEvent.RenameTo, request[2]);
            }

            if (ifMissing)
                context.Reply.Integer(1);
            else
                context.Reply.Ok();
        }

        copy.Clear();
    }

    // COPY source destination [DB destination-db] [REPLACE]
    private static void Copy(CommandContext context)
    {
        var request = context.Request;
        var target = context.Client.Namespace;
        var replace = false;
        for (var i = 3; i < request.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(request[i], "REPLACE"u8))
            {
                replace = true;
            }
            else if (Ascii.EqualsIgnoreCase(request[i], "DB"u8) && i + 1 < request.Length)
            {
                if (!DatabaseArgument.TryRead(context, ++i, out target))
                    return;
            }
            else
            {
                context.Error(ErrorReplies.Syntax);
                return;
            }
        }

        if (target == context.Client.Namespace && request[1].SequenceEqual(request[2]))
        {
            context.Error(ErrorReplies.SameObject);
            return;
        }

        var copied = TryPutCopy(context, target, request[2], replace, isRead: true);
        if (copied)
            context.Tell(target, KeyEvent.CopyTo, request[2]);
        context.Reply.Integer(copied ? 1 : 0);
    }

    // MOVE key db
    private static void Move(CommandContext context)
    {
        if (!DatabaseArgument.TryRead(context, 2, out var target))
            return;
        if (target == context.Client.Namespace)
        {
            context.Error(ErrorReplies.SameObject);
            return;
        }

        var key = context.Request[1];
        var moved = TryPutCopy(context, target, key, replace: false, isRead: false, takesFields: true);
        if (moved)
        {
            context.Keyspace.Delete(key, context.Reusable<DeleteUpdate>());
            context.Tell(KeyEvent.MoveFrom, key);
            context.Tell(target, KeyEvent.MoveTo, key);
        }

        context.Reply.Integer(moved ? 1 : 0);
    }

    /// <summary>Copies the key of the first argument; false when it is missing, or the target is there and not to be replaced.</summary>
    /// <param name="context">The command.</param>
    /// <param name="target">Where the copy goes.</param>
    /// <param name="targetKey">The copy's key.</param>
    /// <param name="replace">Whether it may replace what is there.</param>
    /// <param name="isRead">Whether the look at the key counts as one of a reader.</param>
    /// <param name="takesFields">Whether it takes fields that are elsewhere over, since the key is about to go; else they are copied too.</param>
    private static bool TryPutCopy(CommandContext context, Namespace target, ReadOnlySpan<byte> targetKey, bool replace, bool isRead, bool takesFields = false)
    {
        var copy = context.Reusable<RecordCopy>();
        var info = context.Reusable<RecordInfoReader>().AsUse(false);
        var isFound = context.Keyspace.Read(context.Request[1], copy);
        if (isRead)
            CountLookup(context, isFound);
        if (!isFound || (!replace && context.Keyspace.Read(target, targetKey, info)))
        {
            copy.Clear();
            return false;
        }

        if (copy.FieldsId != 0 && !takesFields)
            copy.RefersTo(context.Reusable<HashStore>().Duplicate(context.Keyspace, copy.FieldsId));
        context.Keyspace.Overwrite(target, targetKey, context.Reusable<PutRecordUpdate>().For(copy));
        context.Tell(target, KeyEvent.New, targetKey);
        copy.Clear();
        return true;
    }

    private static void CountLookup(CommandContext context, bool isFound)
    {
        if (isFound)
            context.Counters.Hits++;
        else
            context.Miss(context.Request[1]);
    }

    // RANDOMKEY
    private static void RandomKey(CommandContext context)
    {
        if (!context.HasKeyIndex())
            return;
        if (context.Keyspace.TryGetRandomKey(context.Reusable<CapturedValue>(), context.Reusable<RecordInfoReader>()))
            context.Reply.BulkString(context.Reusable<CapturedValue>().Span);
        else
            context.Reply.Null();
    }
}
