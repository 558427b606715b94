using StackExchange.Redis;

namespace RespKv.Migrate;

/// <summary>
/// Sends pipelines to one database or namespace. A namespace has connections to itself (<see cref="NamespaceTunnel"/>), to which nothing is sent that names a database.
/// </summary>
internal sealed class Lane
{
    private readonly Space space;
    private readonly IDatabase? database;
    private readonly IServer? server;

    /// <summary>To a numbered database.</summary>
    public Lane(IDatabase database, Space space) => (this.database, this.space) = (database, space);

    /// <summary>To a namespace, by connections that are changed to it.</summary>
    public Lane(IServer server, Space space) => (this.server, this.space) = (server, space);

    public Space Space => space;

    /// <summary>Sends all and awaits all replies. An error is a reply.</summary>
    /// <exception cref="RedisConnectionException">The connection was lost; some may have been executed.</exception>
    public async Task<Reply[]> RunAsync(IReadOnlyList<Request> requests)
    {
        if (requests.Count == 0)
            return [];
        var batch = database?.CreateBatch();
        var sent = requests.Select(request => batch != null ? batch.ExecuteAsync(request.Name, request.Arguments) : server!.ExecuteAsync(request.Name, request.Arguments)).ToArray();
        batch?.Execute();
        await ((Task)Task.WhenAll(sent)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
