using StackExchange.Redis;

namespace RespKv.Migrate;

/// <summary>Compares keys of one database in two servers: type, value, time to live, times of fields, metadata.</summary>
internal sealed class KeyComparer(Peer sourcePeer, Lane source, Peer targetPeer, Lane target, CopyOptions options, Comparison found)
{
    private const int FieldsPerStep = 500;

    // What RespKv has; of other types a key may be missing there without being lost.
    private static readonly string[] TypesOfRespKv = ["string", "hash"];

    private List<byte[]> differing = [];

    private bool KeepsMetadata => sourcePeer.IsRespKv && targetPeer.IsRespKv;

    // What is left is told by both with their own clocks, whose difference the tolerance has to cover for servers that tell no time.
    private string ExpiryName => sourcePeer.TellsExpireTime && targetPeer.TellsExpireTime ? "PEXPIRETIME" : "PTTL";

    /// <summary>Compares keys that the source has; the result is those that differ.</summary>
    public async Task<List<byte[]>> CompareAsync(IReadOnlyList<byte[]> keys)
    {
        differing = [];
        var ours = await KeyFacts.ReadAsync(source, keys, KeepsMetadata).ConfigureAwait(false);
        var theirs = await KeyFacts.ReadAsync(target, keys, KeepsMetadata).ConfigureAwait(false);
        var common = new List<KeyFacts>();
        foreach (var (mine, other) in ours.Zip(theirs))
        {
            if (mine.Type == "none")
                continue;
            if (mine.Type == other.Type && !SameBytes(mine.Metadata, other.Metadata))
                Differ(mine.Key, "other metadata");
            else if (mine.Type == other.Type)
                common.Add(mine with { Bytes = Math.Max(mine.Bytes, other.Bytes) });
            else if (other.Type == "none" && targetPeer.IsRespKv && !TypesOfRespKv.Contains(mine.Type))
                found.Unsupported[mine.Type] = found.Unsupported.GetValueOrDefault(mine.Type) + 1;
            else
                Differ(mine.Key, other.Type == "none" ? "missing" : "other type", other.Type == "none" ? mine.Type : $"{mine.Type} and {other.Type}");
        }

        // Both values are on the way at a time.
        foreach (var batch in KeyFacts.Batches(common.Where(key => !IsLarge(key)), options.InFlightBytes / 2))
            await CompareWholeAsync(batch).ConfigureAwait(false);
        foreach (var key in common.Where(IsLarge))
        {
            var difference = key.IsHash ? await LargeHashDifferenceAsync(key.Key).ConfigureAwait(false) : await LargeStringDifferenceAsync(key.Key).ConfigureAwait(false);
            var (mine, other) = await BothAsync([new(ExpiryName, key.Key)]).ConfigureAwait(false);
            Settle(key, difference, mine[0], other[0]);
        }

        return differing;
    }

    private bool IsLarge(KeyFacts key) => key.Bytes > options.PieceBytes && (key.IsHash || key.IsString);

    private async Task CompareWholeAsync(List<KeyFacts> batch)
    {
        var (mine, other) = await BothAsync([.. batch.SelectMany(key => new[] { new Request(key.IsString ? "GET" : key.IsHash ? "HGETALL" : "DUMP", key.Key), new(ExpiryName, key.Key) })]).ConfigureAwait(false);
        var differences = batch.Select((key, i) => Difference(key, mine[2 * i], other[2 * i])).ToArray();
        if (sourcePeer.ExpiresFields && targetPeer.ExpiresFields)
            await CompareFieldTimesAsync(batch, [.. mine.Where((_, i) => i % 2 == 0)], differences).ConfigureAwait(false);
        for (var i = 0; i < batch.Count; i++)
            Settle(batch[i], differences[i], mine[(2 * i) + 1], other[(2 * i) + 1]);
    }

    private static string? Difference(KeyFacts key, Reply mine, Reply other)
    {
        if (mine.Error != null || other.Error != null)
            return "other value";
        if (key.IsHash)
            return SamePairs(mine.Items, other.Items) ? null : "other fields";
        // Of a type that is not known here; two servers of one version give the same form.
        return SameBytes(mine.Bytes, other.Bytes) ? null : key.IsString ? "other value" : "other value, or the same in another form";
    }

    private async Task CompareFieldTimesAsync(List<KeyFacts> batch, Reply[] values, string?[] differences)
    {
        var hashes = Enumerable.Range(0, batch.Count).Where(i => batch[i].IsHash && differences[i] == null && values[i].Items.Length > 0).ToList();
        var (mine, other) = await BothAsync([.. hashes.Select(i => TimesRequest(batch[i].Key, [.. values[i].Items.Where((_, at) => at % 2 == 0).Select(item => (byte[])item!)]))]).ConfigureAwait(false);
        for (var n = 0; n < hashes.Count; n++)
        {
            if (!SameTimes(mine[n], other[n]))
                differences[hashes[n]] = "other time to live of fields";
        }
    }

    private void Settle(KeyFacts key, string? difference, Reply mine, Reply other)
    {
        var (ours, theirs) = (mine.Integer, other.Integer);
        // It went while it was compared.
        if (ours == -2)
            return;
        if (difference != null)
            Differ(key.Key, difference);
        else if (!SameTime(ours, theirs))
            Differ(key.Key, "other time to live", $"{ours} and {theirs} by {ExpiryName}");
        else
            found.Same++;
    }

    private void Differ(byte[] key, string kind, string detail = "")
    {
        found.Add(source.Space, key, kind, detail);
        differing.Add(key);
    }

    private async Task<string?> LargeStringDifferenceAsync(byte[] key)
    {
        for (var at = 0L; ; at += options.PieceBytes)
        {
            var (mine, other) = await BothAsync([new("GETRANGE", key, at, at + options.PieceBytes - 1)]).ConfigureAwait(false);
            if (!SameBytes(mine[0].Bytes, other[0].Bytes))
                return "other value";
            if (mine[0].Bytes!.Length < options.PieceBytes)
                return null;
        }
    }

    private async Task<string?> LargeHashDifferenceAsync(byte[] key)
    {
        var (lengths, others) = await BothAsync([new("HLEN", key)]).ConfigureAwait(false);
        if (lengths[0].Integer != others[0].Integer)
            return "other fields";
        var cursor = "0";
        do
        {
            var step = await source.RunAsync("HSCAN", key, cursor, "COUNT", FieldsPerStep).ConfigureAwait(false);
            cursor = (string)step.Items[0]!;
            var pairs = ((RedisResult[])step.Items[1]!).Select(item => (byte[])item!).ToArray();
            if (pairs.Length == 0)
                continue;
            var fields = pairs.Where((_, i) => i % 2 == 0).ToArray();
            var values = (await target.RunAsync("HMGET", [key, .. fields]).ConfigureAwait(false)).Items;
            for (var i = 0; i < fields.Length; i++)
            {
                if (!SameBytes(pairs[(2 * i) + 1], (byte[]?)values[i]))
                    return "other fields";
            }

            if (sourcePeer.ExpiresFields && targetPeer.ExpiresFields && !await SameFieldTimesAsync(key, fields).ConfigureAwait(false))
                return "other time to live of fields";
        }
        while (cursor != "0");
        return null;
    }

    private async Task<bool> SameFieldTimesAsync(byte[] key, byte[][] fields)
    {
        var (mine, other) = await BothAsync([TimesRequest(key, fields)]).ConfigureAwait(false);
        return SameTimes(mine[0], other[0]);
    }

    private static Request TimesRequest(byte[] key, byte[][] fields) => new("HPEXPIRETIME", [key, "FIELDS", fields.Length, .. fields]);

    private bool SameTimes(Reply mine, Reply other) => mine.Items.Length == other.Items.Length && mine.Items.Zip(other.Items).All(pair => SameTime((long)pair.First, (long)pair.Second));

    private bool SameTime(long mine, long other) => mine < 0 || other < 0 ? mine == other : Math.Abs(mine - other) <= options.ToleranceMs;

    private static bool SamePairs(RedisResult[] mine, RedisResult[] other)
    {
        if (mine.Length != other.Length)
            return false;
        var theirs = new Dictionary<string, byte[]>(other.Length / 2);
        for (var i = 0; i < other.Length; i += 2)
            theirs[Convert.ToBase64String((byte[])other[i]!)] = (byte[])other[i + 1]!;
        for (var i = 0; i < mine.Length; i += 2)
        {
            if (!theirs.TryGetValue(Convert.ToBase64String((byte[])mine[i]!), out var value) || !SameBytes((byte[])mine[i + 1]!, value))
                return false;
        }

        return true;
    }

    private async Task<(Reply[] Source, Reply[] Target)> BothAsync(List<Request> requests)
    {
        var (mine, other) = (source.RunAsync(requests), target.RunAsync(requests));
        return (await mine.ConfigureAwait(false), await other.ConfigureAwait(false));
    }

    private static bool SameBytes(byte[]? one, byte[]? other) => one == null || other == null ? one == other : one.AsSpan().SequenceEqual(other);
}
