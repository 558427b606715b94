using System.Globalization;
using RespKv.Protocol;

namespace RespKv.Crash;

/// <summary>What a server takes at a moment.</summary>
/// <param name="Writes">Writes so far.</param>
/// <param name="ResidentBytes">Physical memory.</param>
/// <param name="DiskBytes">The data folder.</param>
/// <param name="Keys">Keys that are there.</param>
internal readonly record struct ChurnSample(long Writes, long ResidentBytes, long DiskBytes, long Keys);

/// <summary>What a run has shown.</summary>
/// <param name="Samples">In their order.</param>
/// <param name="Faults">What grew; nothing, if all is well.</param>
internal sealed record ChurnResult(IReadOnlyList<ChurnSample> Samples, List<string> Faults);

/// <summary>
/// Hours of use in minutes: values with an expiry are written over the same keys and over ones that were never there before, keys are deleted, and now and then a value is too large for the log. About as many keys
/// are there at any moment; so memory and disk must not be more in the second half than in the first.
/// </summary>
internal static class ChurnRun
{
    private const int Clients = 3;
    private const int Batch = 200;
    private const int SameKeys = 100_000;
    private const int SamplesMin = 40;
    private const int LargeOneOf = 20_000;
    private const int LargeBytes = 300_000;

    // What garbage collection and the moments of checkpoints make differ.
    private const long ResidentSlackBytes = 32L << 20;
    private const long DiskSlackBytes = 64L << 20;
    private const double Slack = 1.1;

    /// <param name="folder">The data folder, which may be there.</param>
    /// <param name="writes">How many.</param>
    /// <param name="seed">Of what is written.</param>
    /// <param name="arguments">Further arguments of the server.</param>
    /// <param name="progress">Told of each sample.</param>
    public static async Task<ChurnResult> RunAsync(string folder, long writes, int seed, string[] arguments, Action<string> progress)
    {
        await using var server = await ServerRun.StartAsync(folder, ["--http-port", "0", .. arguments]).ConfigureAwait(false);
        await using var watcher = await server.ConnectAsync().ConfigureAwait(false);
        watcher.Timeout = TimeSpan.FromSeconds(60);
        var samples = new List<ChurnSample>();
        var perSample = Math.Max(writes / SamplesMin / Clients / Batch, 1) * Batch;
        for (var written = 0L; written < writes; written += perSample * Clients)
        {
            var from = written;
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => WriteAsync(server, from + i, perSample, HashCode.Combine(seed, from, i)))).ConfigureAwait(false);
            var sample = await SampleAsync(server, watcher, folder, written + (perSample * Clients)).ConfigureAwait(false);
            samples.Add(sample);
            progress(string.Create(CultureInfo.InvariantCulture, $"{sample.Writes} writes: {sample.ResidentBytes >> 20} MB resident, {sample.DiskBytes >> 20} MB on disk, {sample.Keys} keys"));
        }

        await server.StopAsync().ConfigureAwait(false);
        var faults = Growth("memory", samples, sample => sample.ResidentBytes, ResidentSlackBytes).Concat(Growth("disk", samples, sample => sample.DiskBytes, DiskSlackBytes)).ToList();
        return new ChurnResult(samples, faults);
    }

    /// <summary>The most that there was in each half, in bytes.</summary>
    public static (long Earlier, long Later) Halves(IReadOnlyList<ChurnSample> samples, Func<ChurnSample, long> figure) =>
        (samples.Take(samples.Count / 2).Max(figure), samples.Skip(samples.Count / 2).Max(figure));

    private static IEnumerable<string> Growth(string what, List<ChurnSample> samples, Func<ChurnSample, long> figure, long slackBytes)
    {
        var (earlier, later) = Halves(samples, figure);
        if (later > (earlier * Slack) + slackBytes)
            yield return $"{what} grew from {earlier >> 20} MB in the first half to {later >> 20} MB in the second";
    }

    // Keys that are new are numbered through over all clients.
    private static async Task WriteAsync(ServerRun server, long freshFrom, long count, int seed)
    {
        var random = new Random(seed);
        await using var client = await server.ConnectAsync().ConfigureAwait(false);
        client.Timeout = TimeSpan.FromSeconds(60);
        var fresh = freshFrom;
        for (var done = 0L; done < count; done += Batch)
        {
            var batch = new List<byte>(Batch * 200);
            for (var i = 0; i < Batch; i++)
            {
                batch.AddRange(Next(random, fresh));
                fresh += Clients;
            }

            await client.SendAsync(batch.ToArray()).ConfigureAwait(false);
            for (var i = 0; i < Batch; i++)
            {
                if (await client.ReadReplyAsync().ConfigureAwait(false) is { IsError: true } error)
                    throw new InvalidDataException($"The server replied {error}.");
            }
        }
    }

    private static byte[] Next(Random random, long fresh)
    {
        var same = "same:" + random.Next(SameKeys).ToString(CultureInfo.InvariantCulture);
        var value = new string('v', random.Next(20, 200));
        return random.Next(LargeOneOf) == 0 ? RespArgument.Request("SET", same, new string('l', LargeBytes), "PX", random.Next(200, 2000)) : random.Next(10) switch
        {
            0 or 1 or 2 => RespArgument.Request("SET", same, value, "PX", random.Next(500, 20_000)),
            3 => RespArgument.Request("SET", same, value),
            4 => RespArgument.Request("DEL", same),
            5 => RespArgument.Request("APPEND", same, "more"),
            _ => RespArgument.Request("SET", "fresh:" + fresh.ToString(CultureInfo.InvariantCulture), value, "PX", random.Next(100, 2000)),
        };
    }

    private static async Task<ChurnSample> SampleAsync(ServerRun server, RespClient watcher, string folder, long writes)
    {
        var keys = (await watcher.ExecuteAsync("DBSIZE").ConfigureAwait(false)).Integer;
        var status = await File.ReadAllLinesAsync($"/proc/{server.ProcessId}/status").ConfigureAwait(false);
        var resident = status.Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return new ChurnSample(writes, long.Parse(resident, CultureInfo.InvariantCulture) * 1024, DiskBytes(folder), keys);
    }

    private static long DiskBytes(string folder)
    {
        var sum = 0L;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            try
            {
                sum += file.Length;
            }
            catch (FileNotFoundException)
            {
                // It has gone meanwhile.
            }
        }

        return sum;
    }
}
