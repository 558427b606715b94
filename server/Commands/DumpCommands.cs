using RespKv.Server.Kv;
using RespKv.Server.Kv.Hashes;

namespace RespKv.Server.Commands;

/// <summary>
/// DUMP and RESTORE. Packing, unpacking and summing up more than some tens of kilobytes is left to a worker, so that no socket thread waits for it; and to one at a time, so
/// that many clients together need no more memory than one.
/// </summary>
internal static class DumpCommands
{
    private const string Damaged = "ERR DUMP payload version or checksum are wrong";
    private const string BadFormat = "ERR Bad data format";
    private const string Busy = "BUSYKEY Target key name already exists.";
    private const string NoMemory = "ERR Insufficient memory";

    // Packed in a few hundred microseconds.
    private const int BytesInline = 64 * 1024;

    private static readonly SemaphoreSlim Turn = new(1, 1);

    public static readonly Command[] All =
    [
        new("dump", 2, CommandFlags.ReadOnly, KeySpec.One(KeyUse.ReadOnly | KeyUse.Access), Dump)
        {
            Since = "2.6.0", Group = "generic", Complexity = "O(N), N being the bytes of the value.",
            Summary = "Returns a value in the form that RESTORE takes, here and in Redis.", Syntax = "key",
        },
        new("restore", -4, CommandFlags.Write | CommandFlags.DenyOom, KeySpec.One(KeyUse.Overwrite | KeyUse.Update), Restore)
        {
            Since = "2.6.0", Group = "generic", Complexity = "O(N), N being the bytes of the value.", Summary = "Makes a key from what DUMP returned, here or in Redis.",
            Syntax = "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]", Categories = ["keyspace", "dangerous"],
            History = [("3.0.0", "REPLACE."), ("5.0.0", "ABSTTL, IDLETIME and FREQ.")],
        },
    ];

    // DUMP key
    private static void Dump(CommandContext context)
    {
        if (context.Client.TakeResult() is DumpResult finished)
        {
            ReplyDump(context, finished);
            return;
        }

        var info = context.Reusable<RecordInfoReader>().AsUse(false);
        var isFound = context.Keyspace.Read(context.Request[1], info);
        Count(context, isFound);
        if (!isFound)
            context.Reply.Null();
        else if (info.IsHash)
            DumpHash(context, info);
        else if (context.IsInExec || info.ValueLength <= BytesInline)
            ReplyDump(context, new DumpResult(KeyDump.OfString(context.Keyspace, context.Request[1], context.Reusable<CaptureReader>(), context.Server.CompressesDumps ? context.Reusable<LzfPacker>() : null), null));
        else
            DumpAside(context);
    }

    private static void Count(CommandContext context, bool isFound)
    {
        if (isFound)
            context.Counters.Hits++;
        else
            context.Miss(context.Request[1]);
    }

    private static void DumpAside(CommandContext context)
    {
        var (server, ns, key) = (context.Server, context.Namespace, context.Request[1].ToArray());
        WorkAside(context, () => server.RunAside(ns, keyspace => new DumpResult(KeyDump.OfString(keyspace, key, new CaptureReader(), server.CompressesDumps ? new LzfPacker() : null), null)));
    }

    private static void DumpHash(CommandContext context, RecordInfoReader info)
    {
        if (context.IsInExec || info.FieldsId == 0)
        {
            ReplyDump(context, new DumpResult(KeyDump.OfHash(context.Keyspace, context.Request[1], context.Reusable<LzfPacker>()), null));
            return;
        }

        var (server, ns, key) = (context.Server, context.Namespace, context.Request[1].ToArray());
        WorkAside(context, () => server.RunAside(ns, keyspace => new DumpResult(KeyDump.OfHash(keyspace, key, new LzfPacker()), null)));
    }

    private static void ReplyDump(CommandContext context, DumpResult result)
    {
        if (result.Error != null)
            context.Error(result.Error);
        else if (result.Bytes is { } bytes)
            context.Reply.BulkString(bytes.Span);
        else
            context.Reply.Null();
    }

    // RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]
    private static void Restore(CommandContext context)
    {
        var finished = context.Client.TakeResult() as DumpResult;
        if (!RestoreOptions.TryParse(context, out var options))
            return;
        if (!options.Replace && context.Keyspace.Exists(context.Request[1], context.Reusable<RecordInfoReader>()))
            context.Error(Busy);
        else if (options.TryReadTime(context))
            RestoreValue(context, options, finished);
    }

    private static void RestoreValue(CommandContext context, in RestoreOptions options, DumpResult? finished)
    {
        var payload = context.Request[3];
        if (finished == null && !context.IsInExec && payload.Length > BytesInline)
        {
            var (copy, lengthMax) = (payload.ToArray(), context.Server.BulkBytesMax);
            WorkAside(context, () => ValueOf(copy, lengthMax));
            return;
        }

        finished ??= ValueOf(payload, context.Server.BulkBytesMax);
        if (finished.Error != null)
            context.Error(finished.Error);
        else if (finished.Hash is { } hash)
            PutHash(context, options, hash);
        else
            Put(context, options, finished.Bytes!.Value);
    }

    private static DumpResult ValueOf(ReadOnlySpan<byte> payload, long lengthMax)
    {
        if (!DumpPayload.IsIntact(payload))
            return new DumpResult(null, Damaged);
        if (HashPayload.IsHash(payload))
            return HashPayload.TryRead(payload, lengthMax, out var hash) ? new DumpResult(null, null, hash) : new DumpResult(null, BadFormat);
        return DumpPayload.Read(payload, lengthMax) is { } value ? new DumpResult(value, null) : new DumpResult(null, BadFormat);
    }

    private static void Put(CommandContext context, in RestoreOptions options, ReadOnlyMemory<byte> value)
    {
        if (options.ExpiresAtMs != 0 && options.ExpiresAtMs <= context.NowMs)
        {
            // What would have expired already is as if it had been restored before.
            if (options.Replace && context.Keyspace.Delete(context.Request[1], context.Reusable<DeleteUpdate>()))
                context.Tell(KeyEvent.Delete, context.Request[1]);
            context.Reply.Ok();
            return;
        }

        var update = context.Reusable<SetUpdate>().For(value, options.ExpiresAtMs);
        update.Access = options.AccessAt(context.NowMs, context.Server.Store.CountsUses);
        if (!options.Replace)
            update.Condition = SetCondition.Missing;
        context.Keyspace.Update(context.Request[1], update);
        if (!update.HasWritten)
        {
            context.Error(Busy);
            return;
        }

        // What was there is gone, and this is another key, as Redis sees it.
        context.Tell(KeyEvent.New, context.Request[1]);
        context.Tell(KeyEvent.Restore, context.Request[1]);
        context.Reply.Ok();
    }

    private static void PutHash(CommandContext context, in RestoreOptions options, RestoreFields hash)
    {
        var key = context.Request[1];
        context.Keyspace.BeAlone();
        if (!options.Replace && context.Keyspace.Exists(key, context.Reusable<RecordInfoReader>()))
        {
            context.Error(Busy);
            return;
        }

        var isGone = context.Keyspace.Delete(key, context.Reusable<DeleteUpdate>());
        if (options.ExpiresAtMs != 0 && options.ExpiresAtMs <= context.NowMs)
        {
            if (isGone)
                context.Tell(KeyEvent.Delete, key);
        }
        else
        {
            context.Reusable<HashStore>().Change(context.Keyspace, key, hash.At(context.NowMs), context.Server.HashLimits);
            context.Keyspace.Update(key, new RestoredUpdate().For(options.ExpiresAtMs, options.AccessAt(context.NowMs, context.Server.Store.CountsUses)));
            context.Tell(KeyEvent.New, key);
            context.Tell(KeyEvent.Restore, key);
        }

        context.Reply.Ok();
    }

    private static void WorkAside(CommandContext context, Func<DumpResult> work)
    {
        var client = context.Client;
        context.RetryAfter(Task.Run(async () =>
        {
            await Turn.WaitAsync().ConfigureAwait(false);
            try
            {
                client.Result = work();
            }
            catch (OutOfMemoryException)
            {
                client.Result = new DumpResult(null, NoMemory);
            }
            finally
            {
                Turn.Release();
            }
        }));
    }

    /// <summary>A payload, or the value of one; neither when the key has gone, or there is an error.</summary>
    private sealed record DumpResult(ReadOnlyMemory<byte>? Bytes, string? Error, RestoreFields? Hash = null);
}
