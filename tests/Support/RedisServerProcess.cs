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
                var port = server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
                await server.LaunchAsync(Program, ["--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", .. arguments]);
                return server;
            }
            catch (InvalidOperationException) when (attempt < StartAttempts)
            {
                await server.DisposeAsync();
            }
        }
    }
}
