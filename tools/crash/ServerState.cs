using RespKv.Protocol;

namespace RespKv.Crash;

/// <summary>What a server tells of a database.</summary>
internal static class ServerState
{
    /// <summary>All keys of a database with what they hold.</summary>
    public static async Task<Dictionary<string, Entry>> ReadAsync(RespClient client, int database)
    {
        await ExpectAsync(client, "OK", "SELECT", database).ConfigureAwait(false);
        var keys = (await client.ExecuteAsync("KEYS", "*").ConfigureAwait(false)).Items;
        var found = new Dictionary<string, Entry>(keys.Count);
        foreach (var key in keys.Select(key => key.Text))
        {
            byte[] requests = [.. RespArgument.Request("GET", key), .. RespArgument.Request("PEXPIRETIME", key), .. RespArgument.Request("KV.META", key)];
            await client.SendAsync(requests).ConfigureAwait(false);
            var value = await client.ReadReplyAsync().ConfigureAwait(false);
            var expiry = (await client.ReadReplyAsync().ConfigureAwait(false)).Integer;
            var meta = (await client.ReadReplyAsync().ConfigureAwait(false)).Items;
            if (value.IsNull)
                throw new InvalidDataException($"{key} is listed, and is not there.");
            var metadata = Enumerable.Range(0, meta.Count / 2).Where(i => meta[2 * i].Text == "metadata").Select(i => meta[(2 * i) + 1]).First();
            found[key] = new Entry(value.Bytes.ToArray(), metadata.IsNull ? null : metadata.Text, Math.Max(expiry, 0));
        }

        return found;
    }

    /// <summary>Runs a command whose reply is known.</summary>
    /// <exception cref="InvalidDataException">It is another one.</exception>
    public static async Task ExpectAsync(RespClient client, string expected, params RespArgument[] command)
    {
        var reply = await client.ExecuteAsync(command).ConfigureAwait(false);
        if (reply.ToString() != expected)
            throw new InvalidDataException($"{System.Text.Encoding.UTF8.GetString(command[0].Bytes.Span)} replied {reply}.");
    }
}
