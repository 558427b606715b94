using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace RespKv.Migrate;

/// <summary>One of the two servers: connections to it, and what it is able to do.</summary>
internal sealed partial class Peer : IAsyncDisposable
{
    private readonly ServerAddress address;
    private readonly ConnectionMultiplexer connection;
    private readonly List<ConnectionMultiplexer> ofNamespaces = [];

    private Peer(ServerAddress address, ConnectionMultiplexer connection) => (this.address, this.connection) = (address, connection);

    /// <summary>Whether it keeps metadata and has named namespaces.</summary>
    public bool IsRespKv { get; private set; }

    /// <summary>Whether it tells when keys expire as a time, not as what is left.</summary>
    public bool TellsExpireTime { get; private set; }

    /// <summary>Whether fields of hashes can expire.</summary>
    public bool ExpiresFields { get; private set; }

    /// <summary>Names this run of it; cursors of SCAN may mean nothing to another.</summary>
    public string RunId { get; private set; } = "";

    /// <exception cref="MigrationFaultException">It is not there, or does not let us in.</exception>
    public static async Task<Peer> ConnectAsync(ServerAddress address)
    {
        var peer = new Peer(address, await OpenAsync(address).ConfigureAwait(false));
        var lane = await peer.LaneAsync(Space.OfNumber(0)).ConfigureAwait(false);
        var replies = await lane.RunAsync([new("INFO", "server"), new("COMMAND", "INFO", "kv.put"), new("COMMAND", "INFO", "pexpiretime"), new("COMMAND", "INFO", "hpexpiretime")]).ConfigureAwait(false);
        if (replies[0].Error != null)
            throw new MigrationFaultException($"{address}: {replies[0].Error}");
        peer.RunId = RunIdPattern().Match(replies[0].Text).Groups[1].Value;
        peer.IsRespKv = Knows(replies[1]);
        peer.TellsExpireTime = Knows(replies[2]);
        peer.ExpiresFields = Knows(replies[3]);
        return peer;
    }

    /// <summary>The way to one of its spaces.</summary>
    public async Task<Lane> LaneAsync(Space space)
    {
        if (space.Number is { } number)
            return new Lane(connection.GetDatabase(number), space);
        var own = await OpenAsync(address).ConfigureAwait(false);
        ofNamespaces.Add(own);
        return new Lane(own.GetDatabase(), space);
    }

    /// <summary>The databases and namespaces that hold keys, and about how many.</summary>
    public async Task<List<(Space Space, long Keys)>> SpacesAsync()
    {
        var lane = await LaneAsync(Space.OfNumber(0)).ConfigureAwait(false);
        var spaces = KeyspacePattern().Matches((await lane.RunAsync("INFO", "keyspace").ConfigureAwait(false)).Text)
            .Select(match => (Space.OfName(match.Groups[1].Value), long.Parse(match.Groups[2].ValueSpan, provider: System.Globalization.CultureInfo.InvariantCulture))).ToList();
        if (!IsRespKv)
            return spaces;
        foreach (var name in (await lane.RunAsync("KV.NAMESPACES").ConfigureAwait(false)).Items)
        {
            var space = Space.OfName((string)name!);
            if (space.Number != null)
                continue;
            var keys = (await (await LaneAsync(space).ConfigureAwait(false)).RunAsync("DBSIZE").ConfigureAwait(false)).Integer;
            if (keys > 0)
                spaces.Add((space, keys));
        }

        return spaces;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var own in ofNamespaces)
            await own.DisposeAsync().ConfigureAwait(false);
        await connection.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<ConnectionMultiplexer> OpenAsync(ServerAddress address)
    {
        try
        {
            return await ConnectionMultiplexer.ConnectAsync(address.Options()).ConfigureAwait(false);
        }
        catch (Exception error) when (error is RedisException or IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new MigrationFaultException($"cannot connect to {address}: {error.Message}");
        }
    }

    private static bool Knows(Reply reply) => reply.Items is [{ IsNull: false } first] && first.Length > 0;

    [GeneratedRegex(@"run_id:(\w+)")]
    private static partial Regex RunIdPattern();

    [GeneratedRegex(@"db(\d+):keys=(\d+)")]
    private static partial Regex KeyspacePattern();
}
