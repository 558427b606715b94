using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using StackExchange.Redis;

namespace RespKv.Migrate;

/// <summary>
/// Copies keys of one database from a server to another. Most go as DUMP and RESTORE have them; what the target does not read in that form, what has metadata, and what is large goes by reads and
/// writes of its type. A key is in the target as a whole or not at all: what takes several writes is made under another name first.
/// </summary>
internal sealed class KeyCopier(Peer sourcePeer, Lane source, Peer targetPeer, Lane target, CopyOptions options)
{
    private const string TemporaryPrefix = "respkv-migrate:";

    // A name that a run that was ended has left behind goes by itself.
    private const int TemporarySeconds = 24 * 3600;

    private const int FieldsPerStep = 500;

    // Types that the target has refused.
    private readonly ConcurrentDictionary<string, bool> refused = new(StringComparer.Ordinal);
    private bool dumpsAreRead = true;
    private bool hasRestored;

    private bool KeepsMetadata => sourcePeer.IsRespKv && targetPeer.IsRespKv;

    private bool Replaces => options.Existing != ExistingKeys.Keep;

    /// <summary>Copies what is there of the keys, and counts it.</summary>
    public async Task<Tally> CopyAsync(IReadOnlyList<byte[]> keys)
    {
        var tally = new Tally { Seen = keys.Count };
        var facts = await KeyFacts.ReadAsync(source, keys, KeepsMetadata).ConfigureAwait(false);
        foreach (var key in facts)
            tally.CountType(key.Type);
        if (options.IsDryRun)
        {
            tally.Bytes = facts.Sum(key => key.Bytes);
            return tally;
        }

        tally.Gone += facts.Count(key => key.Type == "none");
        var present = facts.Where(key => key.Type != "none").ToList();
        foreach (var key in present.Where(key => refused.ContainsKey(key.Type)))
            tally.CountUnsupported(key.Type);
        var wanted = present.Where(key => !refused.ContainsKey(key.Type)).ToLookup(GoesByDump);
        var byType = wanted[false].ToList();
        foreach (var batch in KeyFacts.Batches(wanted[true], options.InFlightBytes))
            byType.AddRange(await CopyByDumpAsync(batch, tally).ConfigureAwait(false));
        foreach (var batch in KeyFacts.Batches(byType, options.InFlightBytes))
        {
            // What is large goes in pieces, and so takes no more room than its batch.
            foreach (var copied in await Task.WhenAll(batch.Select(CopyByTypeAsync)).ConfigureAwait(false))
                tally.Add(copied);
        }

        return tally;
    }

    private bool GoesByDump(KeyFacts key) => dumpsAreRead && key.Metadata == null && (key.Bytes <= options.PieceBytes || !(key.IsString || key.IsHash));

    /// <summary>The result is what the target does not take in this form.</summary>
    private async Task<List<KeyFacts>> CopyByDumpAsync(List<KeyFacts> keys, Tally tally)
    {
        var read = await source.RunAsync([.. keys.SelectMany(key => new[] { new Request("DUMP", key.Key), ExpiryRequest(key.Key) }), new("TIME")]).ConfigureAwait(false);
        var now = read[^1];
        var (sent, requests) = (new List<KeyFacts>(), new List<Request>());
        for (var i = 0; i < keys.Count; i++)
        {
            var dump = read[2 * i].Bytes;
            if (dump == null)
            {
                tally.Gone++;
                continue;
            }

            var expireAt = ExpireAt(read[(2 * i) + 1], now);
            object[] arguments = [keys[i].Key, expireAt ?? 0, dump, "ABSTTL"];
            requests.Add(new Request("RESTORE", Replaces ? [.. arguments, "REPLACE"] : arguments));
            sent.Add(keys[i] with { Bytes = dump.Length });
        }

        var replies = await target.RunAsync(requests).ConfigureAwait(false);
        hasRestored |= replies.Any(reply => reply.Error == null);
        var refusedKeys = new List<KeyFacts>();
        for (var i = 0; i < replies.Length; i++)
        {
            if (!TryCount(sent[i], replies[i], tally))
                refusedKeys.Add(sent[i]);
        }

        return refusedKeys;
    }

    private bool TryCount(KeyFacts key, Reply reply, Tally tally)
    {
        if (reply.Error == null)
        {
            tally.Copied++;
            tally.Bytes += key.Bytes;
            return true;
        }

        if (reply.Says("BUSYKEY"))
        {
            tally.Existing++;
            return true;
        }

        if (!reply.Says("ERR DUMP payload version") && !reply.Says("ERR Bad data format") && !reply.Says("ERR unknown command"))
            throw new MigrationFaultException($"{target.Space}: the target replied to RESTORE of {Shown(key.Key)}: {reply.Error}");
        // Where none has been taken, none need be tried any more. Some are of a later version than others, for what only that has.
        dumpsAreRead &= hasRestored || reply.Says("ERR Bad data format");
        return false;
    }

    private async Task<Tally> CopyByTypeAsync(KeyFacts key)
    {
        var tally = new Tally();
        if (key.IsHash)
            await CopyHashAsync(key, tally).ConfigureAwait(false);
        else if (key.IsString && key.Bytes > options.PieceBytes)
            await CopyLargeStringAsync(key, tally).ConfigureAwait(false);
        else if (key.IsString)
            await CopyStringAsync(key, tally).ConfigureAwait(false);
        else
            tally.CountUnsupported(key.Type);
        if (!key.IsHash && !key.IsString)
            refused[key.Type] = true;
        return tally;
    }

    private async Task CopyStringAsync(KeyFacts key, Tally tally)
    {
        var read = await source.RunAsync([new("GET", key.Key), ExpiryRequest(key.Key), new("TIME")]).ConfigureAwait(false);
        if (read[0].Bytes is not { } value)
        {
            tally.Gone++;
            return;
        }

        object[] arguments = key.Metadata != null ? [key.Key, value, "META", key.Metadata] : [key.Key, value];
        if (ExpireAt(read[1], read[2]) is { } expireAt)
            arguments = [.. arguments, "PXAT", expireAt];
        if (!Replaces)
            arguments = [.. arguments, "NX"];
        var reply = await target.RunAsync(key.Metadata != null ? "KV.PUT" : "SET", arguments).ConfigureAwait(false);
        Count(reply, reply.IsNull, value.Length, tally);
    }

    private async Task CopyLargeStringAsync(KeyFacts key, Tally tally)
    {
        var temporary = Temporary(key.Key);
        await MustAsync(target.RunAsync("DEL", temporary)).ConfigureAwait(false);
        var length = 0L;
        while (true)
        {
            var piece = (await source.RunAsync("GETRANGE", key.Key, length, length + options.PieceBytes - 1).ConfigureAwait(false)).Bytes!;
            if (piece.Length > 0)
                await MustAsync(target.RunAsync("SETRANGE", temporary, length, piece)).ConfigureAwait(false);
            if (length == 0)
                await MustAsync(target.RunAsync("EXPIRE", temporary, TemporarySeconds)).ConfigureAwait(false);
            length += piece.Length;
            if (piece.Length < options.PieceBytes)
                break;
        }

        if (length > 0 && key.Metadata != null)
            await MustAsync(target.RunAsync("KV.SETMETA", temporary, key.Metadata)).ConfigureAwait(false);
        await TakePlaceAsync(key, temporary, length, tally).ConfigureAwait(false);
    }

    private async Task CopyHashAsync(KeyFacts key, Tally tally)
    {
        var temporary = Temporary(key.Key);
        await MustAsync(target.RunAsync("DEL", temporary)).ConfigureAwait(false);
        var (cursor, bytes, isFirst) = ("0", 0L, true);
        do
        {
            var step = await source.RunAsync("HSCAN", key.Key, cursor, "COUNT", FieldsPerStep).ConfigureAwait(false);
            cursor = (string)step.Items[0]!;
            var fields = (RedisResult[])step.Items[1]!;
            if (fields.Length == 0)
                continue;
            var pairs = fields.Select(item => (object)(byte[])item!).ToArray();
            bytes += pairs.Sum(item => ((byte[])item).LongLength);
            var writes = new List<Request> { new("HSET", [temporary, .. pairs]) };
            if (!await AddFieldTimesAsync(key, temporary, pairs, writes).ConfigureAwait(false))
            {
                tally.CountUnsupported("hash with fields that expire");
                await MustAsync(target.RunAsync("DEL", temporary)).ConfigureAwait(false);
                return;
            }

            if (isFirst)
                writes.Insert(1, new Request("EXPIRE", temporary, TemporarySeconds));
            isFirst = false;
            foreach (var reply in await target.RunAsync(writes).ConfigureAwait(false))
                await MustAsync(Task.FromResult(reply)).ConfigureAwait(false);
        }
        while (cursor != "0");
        await TakePlaceAsync(key, temporary, bytes, tally).ConfigureAwait(false);
    }

    // False when there are such times and the target does not have them.
    private async Task<bool> AddFieldTimesAsync(KeyFacts key, byte[] temporary, object[] pairs, List<Request> writes)
    {
        if (!sourcePeer.ExpiresFields)
            return true;
        var fields = pairs.Where((_, i) => i % 2 == 0).ToArray();
        var times = await source.RunAsync("HPEXPIRETIME", [key.Key, "FIELDS", fields.Length, .. fields]).ConfigureAwait(false);
        for (var i = 0; i < times.Items.Length; i++)
        {
            if ((long)times.Items[i] is not (> 0 and var time))
                continue;
            if (!targetPeer.ExpiresFields)
                return false;
            writes.Add(new Request("HPEXPIREAT", temporary, time, "FIELDS", 1, fields[i]));
        }

        return true;
    }

    // What has been made gets the key's name and time in one step.
    private async Task TakePlaceAsync(KeyFacts key, byte[] temporary, long bytes, Tally tally)
    {
        var read = await source.RunAsync([ExpiryRequest(key.Key), new("TIME")]).ConfigureAwait(false);
        if (read[0].Integer == -2)
        {
            await MustAsync(target.RunAsync("DEL", temporary)).ConfigureAwait(false);
            tally.Gone++;
            return;
        }

        var expireAt = ExpireAt(read[0], read[1]);
        var replies = await target.RunAsync(
        [
            expireAt is { } time ? new("PEXPIREAT", temporary, time) : new("PERSIST", temporary),
            new(Replaces ? "RENAME" : "RENAMENX", temporary, key.Key),
        ]).ConfigureAwait(false);
        // A key that expires before it has its name is in the target as it is in the source: not at all.
        if (replies[1].Says("ERR no such key"))
        {
            tally.Gone++;
            return;
        }

        var isTaken = !Replaces && replies[1].Error == null && replies[1].Integer == 0;
        if (isTaken)
            await MustAsync(target.RunAsync("DEL", temporary)).ConfigureAwait(false);
        Count(replies[1], isTaken, bytes, tally);
    }

    private static void Count(Reply reply, bool isTaken, long bytes, Tally tally)
    {
        if (reply.Error != null)
            throw new MigrationFaultException($"the target replied: {reply.Error}");
        if (isTaken)
        {
            tally.Existing++;
            return;
        }

        tally.Copied++;
        tally.Bytes += bytes;
    }

    private Request ExpiryRequest(byte[] key) => new(sourcePeer.TellsExpireTime ? "PEXPIRETIME" : "PTTL", key);

    // The source's clock counts; whoever tells only what is left is asked for the time as well.
    private long? ExpireAt(Reply expiry, Reply now)
    {
        if (expiry.Integer < 0)
            return null;
        if (sourcePeer.TellsExpireTime)
            return expiry.Integer;
        return expiry.Integer + ((long)now.Items[0] * 1000) + ((long)now.Items[1] / 1000);
    }

    private static byte[] Temporary(byte[] key) => System.Text.Encoding.ASCII.GetBytes(TemporaryPrefix + Convert.ToHexStringLower(SHA256.HashData(key)));

    private static async Task MustAsync(Task<Reply> sent)
    {
        if ((await sent.ConfigureAwait(false)).Error is { } error)
            throw new MigrationFaultException($"the target replied: {error}");
    }

    /// <summary>A key as it is shown: what is no plain text is escaped.</summary>
    public static string Shown(byte[] key) =>
        "\"" + string.Concat(key.Select(b => b is >= 32 and < 127 and not ((byte)'"' or (byte)'\\') ? ((char)b).ToString() : "\\x" + b.ToString("x2", CultureInfo.InvariantCulture))) + "\"";
}
