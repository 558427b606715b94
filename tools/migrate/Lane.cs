using StackExchange.Redis;

namespace RespKv.Migrate;

/// <summary>
/// Sends pipelines to one database or namespace. A namespace has a connection to itself, and each pipeline begins by naming it, so that after a lost connection nothing goes to another.
/// </summary>
internal sealed class Lane(IDatabase database, Space space)
{
    public Space Space => space;

    /// <summary>Sends all and awaits all replies. An error is a reply.</summary>
    /// <exception cref="RedisConnectionException">The connection was lost; some may have been executed.</exception>
    public async Task<Reply[]> RunAsync(IReadOnlyList<Request> requests)
    {
        if (requests.Count == 0)
            return [];
        var batch = database.CreateBatch();
        var use = space.Number == null ? batch.ExecuteAsync("KV.USE", space.Name) : Task.FromResult(RedisResult.Create(RedisValue.Null));
        var sent = requests.Select(request => batch.ExecuteAsync(request.Name, request.Arguments)).ToArray();
        batch.Execute();
        await ((Task)Task.WhenAll([use, .. sent])).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await use.ConfigureAwait(false);
        var replies = new Reply[sent.Length];
        for (var i = 0; i < sent.Length; i++)
        {
            try
            {
                replies[i] = new Reply(await sent[i].ConfigureAwait(false), null);
            }
            catch (RedisServerException error)
            {
                replies[i] = new Reply(null, error.Message);
            }
        }

        return replies;
    }

    public async Task<Reply> RunAsync(string name, params object[] arguments) => (await RunAsync([new Request(name, arguments)]).ConfigureAwait(false))[0];

    /// <summary>The keys of one step of SCAN, each once, and the cursor of the next; "0" when there is none.</summary>
    public async Task<(string Cursor, List<byte[]> Keys)> ScanAsync(string cursor, string match, int count)
    {
        var reply = await RunAsync("SCAN", cursor, "MATCH", match, "COUNT", count).ConfigureAwait(false);
        if (reply.Error != null)
            throw new MigrationFaultException($"SCAN: {reply.Error}");
        var keys = ((RedisResult[])reply.Items[1]!).Select(item => (byte[])item!);
        return ((string)reply.Items[0]!, [.. keys.DistinctBy(Convert.ToBase64String)]);
    }
}
