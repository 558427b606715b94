namespace RespKv.Migrate;

/// <summary>What is to be known of a key before its value is read.</summary>
/// <param name="Key">The key.</param>
/// <param name="Type">As TYPE has it; <c>none</c> when it has gone.</param>
/// <param name="Bytes">What its value takes, about.</param>
/// <param name="Metadata">Its metadata; null for none.</param>
internal sealed record KeyFacts(byte[] Key, string Type, long Bytes, byte[]? Metadata)
{
    // What a server that does not tell is taken for, so that little of it is on the way at a time.
    private const long UnknownBytes = 64 * 1024;

    public bool IsHash => Type == "hash";

    public bool IsString => Type == "string";

    /// <summary>Asks a server for what it knows of keys.</summary>
    public static async Task<KeyFacts[]> ReadAsync(Lane lane, IReadOnlyList<byte[]> keys, bool withMetadata)
    {
        var perKey = withMetadata ? 3 : 2;
        var requests = new List<Request>(keys.Count * perKey);
        foreach (var key in keys)
        {
            requests.Add(new Request("TYPE", key));
            requests.Add(new Request("MEMORY", "USAGE", key));
            if (withMetadata)
                requests.Add(new Request("KV.META", key));
        }

        var replies = await lane.RunAsync(requests).ConfigureAwait(false);
        return [.. keys.Select((key, i) =>
        {
            var usage = replies[(i * perKey) + 1];
            return new KeyFacts(key, replies[i * perKey].Text, usage.Error == null && !usage.IsNull ? usage.Integer : UnknownBytes, withMetadata ? replies[(i * perKey) + 2].Field("metadata") : null);
        })];
    }

    /// <summary>Groups keys so that the values of each group are within a number of bytes, or are one value.</summary>
    public static IEnumerable<List<KeyFacts>> Batches(IEnumerable<KeyFacts> keys, long bytesMax)
    {
        var (batch, bytes) = (new List<KeyFacts>(), 0L);
        foreach (var key in keys)
        {
            if (batch.Count > 0 && bytes + key.Bytes > bytesMax)
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }

            batch.Add(key);
            bytes += key.Bytes;
        }

        if (batch.Count > 0)
            yield return batch;
    }
}
