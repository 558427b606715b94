namespace RespKv.Load;

/// <summary>
/// Measures each workload on each server in rounds that go over all servers before the next begins (A B C A B C), so that what
/// disturbs the machine for a while disturbs all of them.
/// </summary>
internal sealed class Comparison(LoadOptions options, IReadOnlyList<ServerUnderTest> servers)
{
    /// <summary>The rounds of each server, in the order of the servers.</summary>
    /// <exception cref="ReplyException">A server gave a wrong reply; the message names it.</exception>
    public IReadOnlyList<ServerResult> Measure(Workload workload)
    {
        if (workload.NeedsKeys && options.Preload)
        {
            foreach (var server in servers)
            {
                Take(server, options.Plan(workload, options.Seed).Fill(options.ValueBytes));
            }
        }

        var rounds = servers.ToDictionary(server => server, _ => new List<Measurement>());
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var server in servers)
            {
                var plan = options.Plan(workload, options.Seed + (ulong)round);
                if (options.WarmUpSeconds > 0)
                {
                    Take(server, plan with { Duration = TimeSpan.FromSeconds(options.WarmUpSeconds), Rate = 0 });
                }

                var measurement = Take(server, plan);
                rounds[server].Add(measurement);
                Console.Error.WriteLine(
                    $"{workload.Name} round {round + 1}/{options.Rounds} {server.Name}: {measurement.RequestsPerSecond:N0} requests/s");
            }
        }

        return [.. servers.Select(server => new ServerResult(server.Name, rounds[server]))];
    }

    private static Measurement Take(ServerUnderTest server, LoadPlan plan)
    {
        try
        {
            return Measurement.Take(plan, server.Address, server.ProcessId);
        }
        catch (ReplyException fault)
        {
            throw new ReplyException($"{server.Name}: {fault.Message}\n{server.LastWords()}".TrimEnd());
        }
    }
}
