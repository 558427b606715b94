using System.Diagnostics;
using System.Globalization;

namespace RespKv.Crash;

/// <summary>What power cuts have shown.</summary>
/// <param name="Cuts">How many there were.</param>
/// <param name="Mixed">Those after which blocks that were not synced were partly there.</param>
/// <param name="Traffic">The clients.</param>
/// <param name="Faults">What was wrong; nothing, if all is well.</param>
internal sealed record CutResult(int Cuts, int Mixed, Traffic Traffic, List<string> Faults);

/// <summary>Rounds of: traffic, the power is cut at a random moment, start on what the disk has then, comparison with what was acknowledged.</summary>
internal static class PowerCuts
{
    /// <summary>Seconds that <c>everysec</c> may lose.</summary>
    public const double LossSecondsMax = 2;

    private const int DiskMegabytes = 512;

    // What was synced once does not have to be sent again for long; with everysec there must be something older than what may be lost.
    private const int AliveMsMax = 700;
    private const int EverySecondMsMin = 2300;

    /// <param name="work">An empty folder.</param>
    /// <param name="cuts">How many; fewer are done if something is wrong.</param>
    /// <param name="seed">Of what is written, when it is cut, and what the cut leaves.</param>
    /// <param name="fsync">The server's <c>appendfsync</c>.</param>
    /// <param name="progress">Told of each cut.</param>
    public static async Task<CutResult> RunAsync(string work, int cuts, int seed, string fsync, Action<string> progress)
    {
        var random = new Random(seed);
        var traffic = new Traffic(random.Next(), ballast: 1000);
        using var disk = new LoopDisk(work, DiskMegabytes);
        string[] arguments = ["--appendfsync", fsync, "--auto-aof-rewrite-min-size", "4mb"];
        var mixed = 0;
        await traffic.PrepareAsync(disk.Folder).ConfigureAwait(false);
        for (var cut = 1; cut <= cuts; cut++)
        {
            // A killed process leaves what it had not synced to the next one.
            for (var kills = random.Next(3); kills > 0; kills--)
            {
                await RunAsync(disk.Folder, traffic, random.Next(AliveMsMax / 4), random, arguments).ConfigureAwait(false);
                if (await CheckAsync(disk.Folder, traffic, long.MaxValue, arguments).ConfigureAwait(false) is { Count: > 0 } wrong)
                    return new CutResult(cut, mixed, traffic, [$"seed {seed}, cut {cut}, after a kill:", .. wrong]);
            }

            await RunAsync(disk.Folder, traffic, random.Next(AliveMsMax) + (fsync == "always" ? 0 : EverySecondMsMin), random, arguments).ConfigureAwait(false);
            var now = Stopwatch.GetTimestamp();
            var left = Path.Combine(work, "left");
            if (TakeCut(disk, work, left, random))
                mixed++;
            disk.Replace(left);
            var cutoff = fsync == "always" ? long.MaxValue : now - (long)(LossSecondsMax * Stopwatch.Frequency);
            var faults = await CheckAsync(disk.Folder, traffic, cutoff, arguments).ConfigureAwait(false);
            progress(string.Create(CultureInfo.InvariantCulture, $"cut {cut}: {traffic.Acknowledged} acknowledged so far, {traffic.Lost} of them lost, {traffic.LostSeconds(now):0.00} s of the last{(faults.Count == 0 ? "" : ", WRONG")}"));
            if (faults.Count > 0)
                return new CutResult(cut, mixed, traffic, [$"seed {seed}, cut {cut}; what the cut left is in {left}:", .. faults]);
            Directory.Delete(left, recursive: true);
        }

        return new CutResult(cuts, mixed, traffic, []);
    }

    // Runs the server for a while and kills it; whatever it has not synced is in the system's cache.
    private static async Task RunAsync(string folder, Traffic traffic, int aliveMs, Random random, string[] arguments)
    {
        var server = await ServerRun.StartAsync(folder, arguments).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            var running = traffic.RunAsync(server, CancellationToken.None);
            await Task.Delay(aliveMs).ConfigureAwait(false);
            if (random.Next(3) == 0)
                await KillRounds.SaveAsync(server).ConfigureAwait(false);
            await Task.Delay(random.Next(40)).ConfigureAwait(false);
            await server.KillAsync().ConfigureAwait(false);
            await running.ConfigureAwait(false);
        }
    }

    private static bool TakeCut(LoopDisk disk, string work, string left, Random random)
    {
        var onDisk = Path.Combine(work, "on-disk");
        disk.CopyCut(onDisk);
        var isMixed = random.Next(3) > 0;
        if (isMixed)
            new CutMixture(random, onDisk, disk.Folder).Make(left);
        else
            Files.Copy(onDisk, left);
        Directory.Delete(onDisk, recursive: true);
        return isMixed;
    }

    private static async Task<List<string>> CheckAsync(string folder, Traffic traffic, long cutoff, string[] arguments)
    {
        try
        {
            var server = await ServerRun.StartAsync(folder, arguments).ConfigureAwait(false);
            await using (server.ConfigureAwait(false))
                return await traffic.CheckAsync(server, cutoff).ConfigureAwait(false);
        }
        catch (Exception error) when (error is InvalidOperationException or InvalidDataException or IOException or TimeoutException)
        {
            return [error.Message];
        }
    }
}
