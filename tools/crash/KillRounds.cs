using System.Globalization;

namespace RespKv.Crash;

/// <summary>What rounds of kills have shown.</summary>
/// <param name="Rounds">Rounds done.</param>
/// <param name="DuringCheckpoint">Those in which a checkpoint was being written at the kill.</param>
/// <param name="DuringRecovery">Those in which the server was killed again before it served.</param>
/// <param name="Traffic">The clients.</param>
/// <param name="Faults">What was wrong; nothing, if all is well.</param>
internal sealed record KillResult(int Rounds, int DuringCheckpoint, int DuringRecovery, Traffic Traffic, List<string> Faults);

/// <summary>Rounds of: traffic, SIGKILL at a random moment, start, comparison with what was acknowledged; all on one folder, so that damage of an earlier round shows in a later one.</summary>
internal static class KillRounds
{
    private const int AliveMsMax = 400;
    private const int RecoveryMsMax = 450;
    private const int RecoveryKillsMax = 3;

    /// <param name="folder">An empty folder.</param>
    /// <param name="rounds">How many; fewer are done if something is wrong.</param>
    /// <param name="seed">Of what is written and when it is killed.</param>
    /// <param name="fsync">The server's <c>appendfsync</c>.</param>
    /// <param name="ballast">Keys that are there throughout.</param>
    /// <param name="progress">Told of each round.</param>
    public static async Task<KillResult> RunAsync(string folder, int rounds, int seed, string fsync, int ballast, Action<string> progress)
    {
        var random = new Random(seed);
        var traffic = new Traffic(random.Next(), ballast);
        var (checkpoints, recoveries) = (0, 0);
        // Large checkpoints by themselves too, now and then.
        string[] arguments = ["--appendfsync", fsync, "--auto-aof-rewrite-min-size", "8mb"];
        await traffic.PrepareAsync(folder).ConfigureAwait(false);
        for (var round = 1; round <= rounds; round++)
        {
            var server = await ServerRun.StartAsync(folder, arguments).ConfigureAwait(false);
            await using (server.ConfigureAwait(false))
            {
                var running = traffic.RunAsync(server, CancellationToken.None);
                await Task.Delay(random.Next(AliveMsMax)).ConfigureAwait(false);
                if (random.Next(3) == 0)
                {
                    await SaveAsync(server).ConfigureAwait(false);
                    await Task.Delay(random.Next(60)).ConfigureAwait(false);
                }

                await server.KillAsync().ConfigureAwait(false);
                await running.ConfigureAwait(false);
            }

            if (Directory.EnumerateFiles(folder, "checkpoint-*.tmp").Any())
                checkpoints++;
            for (var kills = random.Next(4) == 0 ? random.Next(1, RecoveryKillsMax) : 0; kills > 0; kills--)
                recoveries += await KillInRecoveryAsync(folder, random.Next(100, RecoveryMsMax), arguments).ConfigureAwait(false);
            var faults = await CheckAsync(folder, traffic, arguments).ConfigureAwait(false);
            progress(string.Create(CultureInfo.InvariantCulture, $"round {round}: {traffic.Acknowledged} acknowledged so far, {traffic.SurvivedBeyond} more survived{(faults.Count == 0 ? "" : ", WRONG")}"));
            if (faults.Count > 0)
                return new KillResult(round, checkpoints, recoveries, traffic, [$"seed {seed}, round {round}:", .. faults]);
        }

        return new KillResult(rounds, checkpoints, recoveries, traffic, []);
    }

    private static async Task<List<string>> CheckAsync(string folder, Traffic traffic, string[] arguments)
    {
        try
        {
            var server = await ServerRun.StartAsync(folder, arguments).ConfigureAwait(false);
            await using (server.ConfigureAwait(false))
                return await traffic.CheckAsync(server).ConfigureAwait(false);
        }
        catch (Exception error) when (error is InvalidOperationException or InvalidDataException or IOException or TimeoutException)
        {
            return [error.Message];
        }
    }

    /// <summary>Begins a checkpoint.</summary>
    public static async Task SaveAsync(ServerRun server)
    {
        try
        {
            await using var client = await server.ConnectAsync().ConfigureAwait(false);
            await client.ExecuteAsync("BGSAVE").ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException)
        {
            // The next start tells why it has gone.
        }
    }

    private static async Task<int> KillInRecoveryAsync(string folder, int afterMs, string[] arguments)
    {
        await using var server = ServerRun.Begin(folder, arguments);
        await Task.WhenAny(server.UntilReadyAsync(), Task.Delay(afterMs)).ConfigureAwait(false);
        var wasReady = server.IsReady;
        await server.KillAsync().ConfigureAwait(false);
        return wasReady ? 0 : 1;
    }
}
