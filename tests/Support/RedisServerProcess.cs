namespace RespKv.Tests.Support;

/// <summary>The installed <c>redis-server</c>, without persistence: the peer that replies are compared with.</summary>
internal sealed class RedisServerProcess : ServerProcess
{
    public const string Program = "redis-server";

    // Another process may take the free port between the look and the bind.
    private const int StartAttempts = 3;

    private RedisServerProcess()
    {
    }

    /// <summary>Whether it is in the path.</summary>
    public static bool IsInstalled => Peers.IsInstalled(Program);

    /// <summary>Starts it on a free port, at 127.0.0.1.</summary>
    public static async Task<RedisServerProcess> StartAsync(params string[] arguments)
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new RedisServerProcess { Port = FreePort.Next() };
            try
            {
                await server.LaunchAsync(arguments);
                return server;
            }
            catch (InvalidOperationException) when (attempt < StartAttempts)
            {
                await server.DisposeAsync();
            }
        }
    }

    /// <summary>Starts it on a port that another had before, whose clients are to find it there.</summary>
    public static async Task<RedisServerProcess> StartAgainAsync(int port, params string[] arguments)
    {
        var server = new RedisServerProcess { Port = port };
        await server.LaunchAsync(arguments);
        return server;
    }

    private async Task LaunchAsync(string[] arguments)
    {
        var port = Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await LaunchAsync(Program, ["--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", .. arguments]);
    }
}
