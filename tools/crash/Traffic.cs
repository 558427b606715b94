namespace RespKv.Crash;

/// <summary>All clients of one server: writers with databases of their own, and clients that compete for shared keys.</summary>
internal sealed class Traffic
{
    private const int Writers = 4;
    private const int Competitors = 3;
    private const int Readers = 2;

    private readonly Random random;
    private readonly List<Writer> writers;
    private readonly SharedKeys shared = new();
    private readonly int ballast;

    public Traffic(int seed, int ballast)
    {
        random = new Random(seed);
        this.ballast = ballast;
        writers = [.. Enumerable.Range(0, Writers).Select(i => new Writer(random.Next(), i))];
    }

    /// <summary>Writes acknowledged in all.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Writes that survived without having been acknowledged.</summary>
    public long SurvivedBeyond { get; private set; }

    /// <summary>Writes acknowledged that did not survive, where that is allowed.</summary>
    public long Lost { get; private set; }

    /// <summary>Seconds from the first acknowledged write that the last check did not find to a moment; 0 when none was lost.</summary>
    public double LostSeconds(long until) => writers.Max(writer => writer.LostSince is { } since ? System.Diagnostics.Stopwatch.GetElapsedTime(since, until).TotalSeconds : 0);

    /// <summary>Loads what is to be there throughout, into an empty folder.</summary>
    public async Task PrepareAsync(string folder)
    {
        var server = await ServerRun.StartAsync(folder).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            await Ballast.LoadAsync(server, ballast).ConfigureAwait(false);
            await server.StopAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Sends until the server is gone or it is enough; ends when all clients have ended.</summary>
    public async Task RunAsync(ServerRun server, CancellationToken enough)
    {
        List<Task> all = [];
        foreach (var writer in writers)
            all.Add(writer.RunAsync(server, enough));
        for (var i = 0; i < Competitors; i++)
            all.Add(shared.WriteAsync(server, i, random.Next(), enough));
        for (var i = 0; i < Readers; i++)
            all.Add(shared.ReadAsync(server, Competitors, random.Next(), enough));
        await Task.WhenAll(all).ConfigureAwait(false);
    }

    /// <summary>What is wrong after a crash; what was acknowledged up to <paramref name="cutoff"/> must be there.</summary>
    public async Task<List<string>> CheckAsync(ServerRun server, long cutoff = long.MaxValue)
    {
        await using var client = await server.ConnectAsync().ConfigureAwait(false);
        client.Timeout = TimeSpan.FromSeconds(30);
        var faults = new List<string>();
        foreach (var writer in writers)
        {
            var acknowledged = writer.Acknowledged;
            var (survived, wrong) = await writer.CheckAsync(client, cutoff).ConfigureAwait(false);
            Acknowledged += acknowledged;
            SurvivedBeyond += Math.Max(survived - acknowledged, 0);
            Lost += Math.Max(acknowledged - survived, 0);
            faults.AddRange(wrong);
        }

        faults.AddRange(await shared.CheckAsync(client, cutoff, Competitors).ConfigureAwait(false));
        if (await Ballast.CheckAsync(client, ballast, random).ConfigureAwait(false) is { } fault)
            faults.Add(fault);
        return faults;
    }
}
