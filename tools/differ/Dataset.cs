using System.Globalization;
using System.Text;
using RespKv.Protocol;

namespace RespKv.Differ;

/// <summary>All that a server holds, for a comparison.</summary>
internal static class Dataset
{
    private const int Databases = 16;

    // RespKv has larger hashes in the order of hashes, also where Redis does not yet.
    private const int OrderedFieldsMax = 100;

    // Two servers take the time to live from clocks of their own, and are not asked in the same moment.
    private const long ExpiryToleranceMs = 5000;

    public static SortedDictionary<string, Entry> Read(Line line)
    {
        var entries = new SortedDictionary<string, Entry>(StringComparer.Ordinal);
        var listed = line.AskAll([.. Enumerable.Range(0, Databases).SelectMany(db => new[] { new[] { "SELECT", Words.Text(db) }, ["KEYS", "*"] })]);
        for (var db = 0; db < Databases; db++)
        {
            string[] keys = [.. listed[(db * 2) + 1].Items.Select(Latin)];
            if (keys.Length == 0)
                continue;
            line.Ask("SELECT", Words.Text(db));
            var told = line.AskAll([.. keys.SelectMany(key => new[] { new[] { "TYPE", key }, ["OBJECT", "ENCODING", key], ["PEXPIRETIME", key], ["GET", key], ["HGETALL", key] })]);
            foreach (var (key, replies) in keys.Zip(told.Chunk(5)))
                entries.Add($"{db}:{key}", EntryOf(replies));
        }

        line.Ask("SELECT", "0");
        return entries;
    }

    /// <summary>Where two differ, or null. With <paramref name="leaveRaw"/> a string that is raw for the one may be another for the other.</summary>
    public static string? Difference(SortedDictionary<string, Entry> peer, SortedDictionary<string, Entry> subject, bool leaveRaw)
    {
        var missing = peer.Keys.Except(subject.Keys).Select(key => $"{Step.Quote(key)} is missing");
        var added = subject.Keys.Except(peer.Keys).Select(key => $"{Step.Quote(key)} should not be there");
        var changed = peer.Where(pair => subject.TryGetValue(pair.Key, out var entry) && !pair.Value.Agrees(entry, leaveRaw)).Select(pair => $"{Step.Quote(pair.Key)}: Redis has {pair.Value}, RespKv {subject[pair.Key]}");
        var all = missing.Concat(added).Concat(changed).ToList();
        return all.Count == 0 ? null : "The data differs: " + string.Join("; ", all);
    }

    private static Entry EntryOf(RespReply[] replies)
    {
        var isHash = Latin(replies[0]) == "hash";
        var encoding = Latin(replies[1]);
        var pairs = replies[4].Items.Select(Latin).Chunk(2).Select(pair => string.Join('=', pair));
        // Small ones are in the order in which the fields came.
        var isOrdered = encoding == "listpack" && replies[4].Items.Count <= OrderedFieldsMax * 2;
        var value = isHash ? string.Join(',', isOrdered ? pairs : pairs.Order(StringComparer.Ordinal)) : Latin(replies[3]);
        return new Entry(Latin(replies[0]), encoding, long.Parse(Latin(replies[2]), CultureInfo.InvariantCulture), value);
    }

    private static string Latin(RespReply reply) => Encoding.Latin1.GetString(reply.Bytes.Span);

    /// <summary>One key's type, encoding, Unix ms of its end (-1 without), and value.</summary>
    internal sealed record Entry(string Type, string Encoding, long ExpiresAtMs, string Value)
    {
        public bool Agrees(Entry other, bool leaveRaw) =>
            Type == other.Type && (Encoding == other.Encoding || (leaveRaw && Encoding == "raw")) && Value == other.Value && ExpiresAtMs < 0 == other.ExpiresAtMs < 0 && Math.Abs(ExpiresAtMs - other.ExpiresAtMs) <= ExpiryToleranceMs;

        public override string ToString() => $"{Type} ({Encoding}) {Step.Quote(Value.Length > 300 ? Value[..300] : Value)} until {ExpiresAtMs}";
    }
}
