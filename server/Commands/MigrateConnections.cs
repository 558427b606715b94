namespace RespKv.Server.Commands;

/// <summary>Connections to servers that keys were moved to, kept for a while since the next key often goes the same way. From any thread.</summary>
internal sealed class MigrateConnections : IDisposable
{
    private const int CountMax = 64;
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(10);

    private readonly Lock changing = new();
    private readonly LinkedList<Kept> kept = new();
    private bool isEnding;

    /// <summary>How many are kept.</summary>
    public int Count
    {
        get
        {
            lock (changing)
                return kept.Count;
        }
    }

    /// <summary>One to a server that the same user is logged in to, kept or new.</summary>
    /// <exception cref="MigrateFaultException">It cannot be reached.</exception>
    public async Task<MigrateConnection> TakeAsync(MigrateOptions options)
    {
        if (TryTake(NameOf(options)) is not { } connection)
            return await MigrateConnection.OpenAsync(options.Host, options.PortNumber, options.Timeout).ConfigureAwait(false);
        connection.Timeout = options.Timeout;
        return connection;
    }

    /// <summary>Gives one back that is in order: it has no replies outstanding.</summary>
    public void Return(MigrateOptions options, MigrateConnection connection)
    {
        var given = new Kept(NameOf(options), connection);
        lock (changing)
        {
            if (isEnding)
            {
                connection.Dispose();
                return;
            }

            kept.AddLast(given);
            if (kept.Count > CountMax)
                Remove(kept.First!.Value);
        }

        _ = EndInTimeAsync(given);
    }

    public void Dispose()
    {
        lock (changing)
        {
            isEnding = true;
            while (kept.First is { } first)
                Remove(first.Value);
        }
    }

    private MigrateConnection? TryTake(string name)
    {
        lock (changing)
        {
            // The one that was used last is the most likely to be still open.
            for (var node = kept.Last; node != null; node = node.Previous)
            {
                if (node.Value.Name != name)
                    continue;
                kept.Remove(node);
                return node.Value.Connection;
            }

            return null;
        }
    }

    private async Task EndInTimeAsync(Kept given)
    {
        await Task.Delay(KeptFor).ConfigureAwait(false);
        lock (changing)
        {
            if (kept.Contains(given))
                Remove(given);
        }
    }

    private void Remove(Kept given)
    {
        kept.Remove(given);
        given.Connection.Dispose();
    }

    // Nobody gets at what somebody else has logged in to.
    private static string NameOf(MigrateOptions options) =>
        $"{options.Host} {options.Port} {Text(options.User)} {Text(options.Password)}";

    private static string Text(byte[]? bytes) => bytes == null ? "-" : Convert.ToHexString(bytes) + ".";

    private sealed class Kept(string name, MigrateConnection connection)
    {
        public string Name { get; } = name;

        public MigrateConnection Connection { get; } = connection;
    }
}
