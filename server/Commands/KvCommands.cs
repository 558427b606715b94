using RespKv.Protocol;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>
/// KV.*: what Workers KV has beyond Redis's strings, on the same keys. Maps are flat arrays in RESP2.
/// </summary>
internal static class KvCommands
{
    private const CommandFlags FastRead = CommandFlags.ReadOnly | CommandFlags.Fast;
    private const CommandFlags FastWrite = CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast;
    private static readonly KeySpec Read = KeySpec.One(KeyUse.ReadOnly | KeyUse.Access);

    public static readonly Command[] All =
    [
        new("kv.delprefix", 2, CommandFlags.Write, KeySpec.None, DeletePrefix)
        {
            Since = "0.1.0", Group = "kv", Complexity = "O(N), N being the keys under the prefix.", Summary = "Deletes the keys that begin with a prefix, in turns, and tells how many.",
            Syntax = "prefix", Categories = ["keyspace"], KeyPrefix = KeyPrefixAt.First,
        },
        new("kv.get", 2, FastRead, Read, Get)
        {
            Since = "0.1.0", Group = "kv", Complexity = "O(1)", Summary = "Returns the value of a key.", Syntax = "key",
        },
        new("kv.getmeta", 2, FastRead, Read, context => GetWithMetadata(context, withValue: true))
        {
            Since = "0.1.0", Group = "kv", Complexity = "O(1)", Summary = "Returns a key's value, metadata, expiration and version.", Syntax = "key",
        },
        new("kv.list", -1, CommandFlags.ReadOnly, KeySpec.None, List)
        {
            Since = "0.1.0", Group = "kv", Complexity = "O(log(N)+M), N being the keys of the namespace and M those on the page.",
            Summary = "Lists keys in byte order, a page at a call.", Syntax = "[PREFIX prefix] [LIMIT limit] [CURSOR cursor] [WITHVALUES]", Categories = ["keyspace"], KeyPrefix = KeyPrefixAt.Option,
        },
        new("kv.meta", 2, FastRead, Read, context => GetWithMetadata(context, withValue: false))
        {
            Since = "0.1.0", Group = "kv", Complexity = "O(1)", Summary = "Returns a key's metadata, expiration and version.", Syntax = "key",
        },
        new("kv.mget", -2, FastRead, KeySpec.All(KeyUse.ReadOnly | KeyUse.Access), GetMany)
        {
            Since = "0.1.0", Group = "kv", Complexity = "O(N), N being the number of keys.", Summary = "Returns the values of several keys.", Syntax = "key [key ...]",
        },
        new("kv.mgetmeta", -2, FastRead, KeySpec.All(KeyUse.ReadOnly | KeyUse.Access), GetManyWithMetadata)
        {
            Since = "0.1.0", Group = "kv", Complexity = "O(N), N being the number of keys.", Summary = "Returns value, metadata, expiration and version of several keys.", Syntax = "key [key ...]",
        },
        new("kv.put", -3, FastWrite, KeySpec.One(KeyUse.Overwrite | KeyUse.Update), Put)
        {
            Since = "0.1.0", Group = "kv", Complexity = "O(1)", Summary = "Sets a key's value, metadata and expiration together.", ValueAt = 2,
            Syntax = "key value [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds] [META json] [NX | XX | IFVERSION version]",
        },
        new("kv.setmeta", 3, FastWrite, KeySpec.One(KeyUse.ReadWrite | KeyUse.Update), SetMetadata)
        {
            Since = "0.1.0", Group = "kv", Complexity = "O(1)", Summary = "Replaces the metadata of a key alone.", Syntax = "key json",
        },
    ];

    // KV.PUT key value [EX s | PX ms | EXAT s | PXAT ms] [META json] [NX | XX | IFVERSION n]
    private static void Put(CommandContext context)
    {
        var request = context.Request;
        if (!IsKey(context, request[1]) || !IsValue(context, request[2]) || !KvPutOptions.TryParse(context, out var options))
            return;
        var update = context.Reusable<SetUpdate>().For(request.Memory(2), options.ExpiresAtMs, options.Metadata);
        update.Condition = options.Condition;
        update.ExpectedVersion = options.Version;
        if (options.Condition == SetCondition.Always)
            context.Keyspace.Overwrite(request[1], update);
        else
            context.Keyspace.Update(request[1], update);
        if (update.HasWritten)
            context.Reply.Ok();
        else
            context.Reply.Null();
        if (!update.HasWritten)
            return;
        context.TellWritten(KeyEvent.Set, request[1]);
        if (options.ExpiresAtMs != 0)
            context.Tell(KeyEvent.Expire, request[1]);
    }

    // KV.GET key
    private static void Get(CommandContext context)
    {
        if (IsKey(context, context.Request[1]))
            ReplyValue(context, context.Request[1], isMany: false);
    }

    // KV.MGET key [key ...]
    private static void GetMany(CommandContext context)
    {
        if (!AreKeys(context))
            return;
        context.Reply.Array(context.Request.Length - 1);
        for (var i = 1; i < context.Request.Length; i++)
            ReplyValue(context, context.Request[i], isMany: true);
    }

    private static void ReplyValue(CommandContext context, ReadOnlySpan<byte> key, bool isMany)
    {
        var reader = context.BulkString.For(context.Reply);
        if (context.Keyspace.Read(key, reader))
        {
            context.Counters.Hits++;
            if (reader.IsWrongType && !isMany)
                context.Error(ErrorReplies.WrongType);
            else if (reader.IsWrongType)
                context.Reply.Null();
        }
        else
        {
            context.Miss(key);
            context.Reply.Null();
        }
    }

    // KV.GETMETA key; KV.META key
    private static void GetWithMetadata(CommandContext context, bool withValue)
    {
        if (!IsKey(context, context.Request[1]))
            return;
        ReplyEntry(context, context.Request[1], withValue);
    }

    // KV.MGETMETA key [key ...]
    private static void GetManyWithMetadata(CommandContext context)
    {
        if (!AreKeys(context))
            return;
        context.Reply.Array(context.Request.Length - 1);
        for (var i = 1; i < context.Request.Length; i++)
            ReplyEntry(context, context.Request[i], withValue: true);
    }

    private static void ReplyEntry(CommandContext context, ReadOnlySpan<byte> key, bool withValue)
    {
        var entries = context.Reusable<KvEntries>().Begin(withValue);
        if (!entries.TryTake(context.Keyspace, key))
        {
            context.Miss(key);
            context.Reply.Null();
            return;
        }

        context.Counters.Hits++;
        var reply = context.Reply;
        var entry = entries[0];
        reply.Map(withValue ? 5 : 4);
        if (withValue)
        {
            reply.BulkString("value"u8);
            reply.BulkString(entries.Slice(entry.Value));
        }

        WriteMetadata(reply, entries, entry);
        WriteExpiration(reply, entry);
        reply.BulkString("version"u8);
        reply.Integer((long)entry.Version);
        // An origin is never stale, so there is nothing to tell.
        reply.BulkString("cachestatus"u8);
        reply.Null();
    }

    private static void WriteMetadata(RespReplyWriter reply, KvEntries entries, KvEntry entry)
    {
        reply.BulkString("metadata"u8);
        var metadata = entries.Slice(entry.Metadata);
        if (metadata.IsEmpty)
            reply.Null();
        else
            reply.BulkString(metadata);
    }

    private static void WriteExpiration(RespReplyWriter reply, KvEntry entry)
    {
        reply.BulkString("expiration"u8);
        if (entry.Expiration is { } seconds)
            reply.Integer(seconds);
        else
            reply.Null();
    }

    // KV.SETMETA key json
    private static void SetMetadata(CommandContext context)
    {
        if (!IsKey(context, context.Request[1]) || !KvPutOptions.IsMetadata(context, context.Request[2]))
            return;
        var update = context.Reusable<SetMetadataUpdate>().For(context.Request.Memory(2));
        context.Keyspace.Update(context.Request[1], update);
        if (update.IsWrongType)
        {
            context.Error(ErrorReplies.WrongType);
            return;
        }

        if (!update.HasWritten)
        {
            context.Reply.Null();
            return;
        }

        context.Tell(KeyEvent.SetMetadata, context.Request[1]);
        context.Reply.Ok();
    }

    // KV.LIST [PREFIX p] [LIMIT n] [CURSOR c] [WITHVALUES]
    private static void List(CommandContext context)
    {
        if (!KvListOptions.TryParse(context, out var options) || !IsOrdered(context))
            return;
        var page = context.Reusable<ListPage>();
        page.Fill(context.Keyspace, options.Prefix.Span, options.LastKey, options.Limit, options.WithValues);
        var (reply, entries) = (context.Reply, page.Entries);
        reply.Map(3);
        reply.BulkString("keys"u8);
        reply.Array(entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            reply.Map(options.WithValues ? 4 : 3);
            reply.BulkString("name"u8);
            reply.BulkString(entries.Slice(entries[i].Name));
            WriteExpiration(reply, entries[i]);
            WriteMetadata(reply, entries, entries[i]);
            if (!options.WithValues)
                continue;
            reply.BulkString("value"u8);
            reply.BulkString(entries.Slice(entries[i].Value));
        }

        reply.BulkString("list_complete"u8);
        reply.Boolean(page.IsComplete);
        reply.BulkString("cursor"u8);
        if (page.IsComplete)
            reply.Null();
        else
            reply.BulkString(page.Cursor);
    }

    // KV.DELPREFIX prefix
    private static void DeletePrefix(CommandContext context)
    {
        if (context.Client.TakeResult() is PrefixDeletion finished)
        {
            context.Reply.Integer(finished.Deleted);
            return;
        }

        if (!IsOrdered(context))
            return;
        var deletion = new PrefixDeletion(context.Request[1].ToArray());
        var (client, server, ns) = (context.Client, context.Server, context.Namespace);
        // One turn here; what is more goes on on a worker, in batches of its own, while the client waits.
        if (!deletion.RunTurn(context.Keyspace) || context.IsInExec)
        {
            while (context.IsInExec && deletion.RunTurn(context.Keyspace))
            {
            }

            context.Reply.Integer(deletion.Deleted);
            return;
        }

        context.RetryAfter(Task.Run(() =>
        {
            while (server.RunAside(ns, deletion.RunTurn))
            {
            }

            client.Result = deletion;
        }));
    }

    /// <summary>Whether the namespace's keys are in order; else they are being put in order, and the command runs again then, or there is no index and the error has been written.</summary>
    private static bool IsOrdered(CommandContext context)
    {
        if (!context.HasKeyIndex())
            return false;
        var building = context.Namespace.Keys.BuildOrdered();
        if (building.IsCompleted)
            return true;
        if (context.IsInExec)
        {
            building.Wait();
            return true;
        }

        context.RetryAfter(building);
        return false;
    }

    private static bool AreKeys(CommandContext context)
    {
        for (var i = 1; i < context.Request.Length; i++)
        {
            if (!IsKey(context, context.Request[i]))
                return false;
        }

        return true;
    }

    private static bool IsKey(CommandContext context, ReadOnlySpan<byte> key)
    {
        var limit = context.Server.KvLimits.KeyBytesMax;
        if (key.IsEmpty)
            context.Error("ERR key name cannot be empty");
        else if (key.Length > limit)
            context.Error($"ERR key of {key.Length} bytes exceeds the limit of {limit}");
        else
            return true;
        return false;
    }

    private static bool IsValue(CommandContext context, ReadOnlySpan<byte> value)
    {
        var limit = context.Server.KvLimits.ValueBytesMax;
        if (value.Length <= limit)
            return true;
        context.Error($"ERR value of {value.Length} bytes exceeds the limit of {limit}");
        return false;
    }
}
