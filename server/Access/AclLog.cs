namespace RespKv.Server.Access;

/// <summary>What was not allowed lately, the newest first (ACL LOG), and how often something was not. Thread-safe.</summary>
internal sealed class AclLog
{
    // What is like one of the newest of these, within a minute, is counted there.
    private const int MergedAmong = 10;
    private const long MergedWithinMs = 60_000;

    private readonly Lock changing = new();
    private readonly LinkedList<AclLogEntry> entries = new();
    private readonly long[] counts = new long[Enum.GetValues<DenialReason>().Length];
    private long nextId;
    private long lengthMax = 128;

    /// <summary>Most entries (<c>acllog-max-len</c>); what is too many goes when the next one comes.</summary>
    public long LengthMax
    {
        get => Interlocked.Read(ref lengthMax);
        set => Interlocked.Exchange(ref lengthMax, value);
    }

    /// <summary>How often something was not allowed for that reason.</summary>
    public long Count(DenialReason reason) => Interlocked.Read(ref counts[(int)reason]);

    public void ResetCounts()
    {
        for (var i = 0; i < counts.Length; i++)
            Interlocked.Exchange(ref counts[i], 0);
    }

    /// <summary>Enters one.</summary>
    /// <param name="reason">Why it was not allowed.</param>
    /// <param name="context">Where it was tried.</param>
    /// <param name="what">The command, key, channel or namespace.</param>
    /// <param name="userName">The user.</param>
    /// <param name="client">What is known of the client.</param>
    /// <param name="nowMs">Unix ms.</param>
    public void Add(DenialReason reason, DenialContext context, string what, string userName, string client, long nowMs)
    {
        Interlocked.Increment(ref counts[(int)reason]);
        lock (changing)
        {
            if (LengthMax > 0 && !TryMerge(reason, context, what, userName, client, nowMs))
                entries.AddFirst(new AclLogEntry(nextId++, reason, context, what, userName, nowMs) { Client = client, UpdatedAtMs = nowMs });
            while (entries.Count > LengthMax)
                entries.RemoveLast();
        }
    }

    /// <summary>The newest entries.</summary>
    public AclLogEntry[] Newest(long count)
    {
        lock (changing)
            return [.. entries.Take((int)Math.Clamp(count, 0, entries.Count))];
    }

    public void Clear()
    {
        lock (changing)
            entries.Clear();
    }

    private bool TryMerge(DenialReason reason, DenialContext context, string what, string userName, string client, long nowMs)
    {
        var node = entries.First;
        for (var i = 0; i < MergedAmong && node != null; i++, node = node.Next)
        {
            var entry = node.Value;
            if (entry.Reason != reason || entry.Context != context || Math.Abs(entry.UpdatedAtMs - nowMs) > MergedWithinMs || entry.What != what || entry.UserName != userName)
                continue;
            entries.Remove(node);
            entries.AddFirst(entry with { Count = entry.Count + 1, Client = client, UpdatedAtMs = nowMs });
            return true;
        }

        return false;
    }
}

/// <summary>Something that was not allowed, once or several times.</summary>
internal sealed record AclLogEntry(long Id, DenialReason Reason, DenialContext Context, string What, string UserName, long CreatedAtMs)
{
    public long Count { get; init; } = 1;

    /// <summary>What is known of the last client.</summary>
    public required string Client { get; init; }

    public required long UpdatedAtMs { get; init; }
}
