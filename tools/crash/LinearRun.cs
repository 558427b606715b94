using System.Globalization;
using RespKv.Protocol;

namespace RespKv.Crash;

/// <summary>What a run has shown.</summary>
/// <param name="Histories">Histories checked.</param>
/// <param name="Contests">Rounds of the contest.</param>
/// <param name="Saves">Checkpoints made meanwhile.</param>
/// <param name="WrittenBytes">Bytes of other values written meanwhile.</param>
/// <param name="SpillFiles">Spill files begun: more than are there when some have been cleaned away.</param>
/// <param name="CleanedFiles">Those of them that cleaning has given back.</param>
/// <param name="Faults">What was wrong; nothing, if all is well.</param>
internal sealed record LinearResult(int Histories, long Contests, int Saves, long WrittenBytes, int SpillFiles, int CleanedFiles, List<string> Faults);

/// <summary>Clients that compete for few keys while checkpoints are made, records are spilled, and the log is cleaned: each reply must fit with all the others.</summary>
internal static class LinearRun
{
    private const int Clients = 4;
    private const int Contestants = 3;
    private const int KeysAtOnce = 64;

    // Far more than memory may take, of which half is overwritten in each turn.
    private const int FillerKeys = 20_000;
    private const int FillerBytes = 4000;
    private const int FillerBatch = 250;
    private const long TurnBytes = 40L << 20;

    private static readonly string[] Arguments =
        ["--http-port", "0", "--maxmemory", "24mb", "--auto-aof-rewrite-min-size", "16mb"];

    /// <param name="folder">An empty folder.</param>
    /// <param name="isEnough">Asked after each round of histories.</param>
    /// <param name="seed">Of the commands.</param>
    /// <param name="progress">Told of each round.</param>
    public static async Task<LinearResult> RunAsync(string folder, Func<int, bool> isEnough, int seed, Action<string> progress)
    {
        await using var server = await ServerRun.StartAsync(folder, Arguments).ConfigureAwait(false);
        var isOver = false;
        bool IsOver() => Volatile.Read(ref isOver);
        var (filler, saver, contest) = (new Filler(server), new Saver(server), new Contest());
        var others = Task.WhenAll([filler.RunAsync(IsOver), saver.RunAsync(IsOver), .. Enumerable.Range(0, Contestants).Select(i => contest.RunAsync(server, i, IsOver))]);
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => server.ConnectAsync())).ConfigureAwait(false);
        foreach (var client in clients)
            client.Timeout = TimeSpan.FromSeconds(60);

        var (faults, checkedCount, round) = (new List<string>(), 0, 0);
        do
        {
            var histories = new Histories(clients, KeysAtOnce, string.Create(CultureInfo.InvariantCulture, $"history:{round}:"), seed + (round * 100));
            var (wrong, count) = await histories.RunAsync(() => Task.WhenAny(others, filler.UntilAsync(TurnBytes))).ConfigureAwait(false);
            faults.AddRange(wrong);
            checkedCount += count;
            progress(string.Create(CultureInfo.InvariantCulture, $"round {++round}: {checkedCount} histories, {contest.Rounds} rounds of the contest, {saver.Saves} checkpoints, {filler.Bytes >> 20} MB written{(faults.Count == 0 ? "" : ", WRONG")}"));
        }
        while (faults.Count == 0 && !others.IsCompleted && !isEnough(round));

        Volatile.Write(ref isOver, true);
        await others.ConfigureAwait(false);
        faults.AddRange(await contest.CheckAsync(clients[0]).ConfigureAwait(false));
        var spilled = SpillFiles(folder);
        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask())).ConfigureAwait(false);
        return new LinearResult(checkedCount, contest.Rounds, saver.Saves, filler.Bytes, spilled.Begun, spilled.Cleaned, [.. faults.Select(fault => $"seed {seed}: {fault}")]);
    }

    // They are numbered, and those that hold nothing any more are removed.
    private static (int Begun, int Cleaned) SpillFiles(string folder)
    {
        var numbers = Directory.EnumerateFiles(folder, "spill-*").Select(path => int.Parse(Path.GetFileName(path)["spill-".Length..], CultureInfo.InvariantCulture)).ToList();
        return numbers.Count == 0 ? (0, 0) : (numbers.Max() + 1, numbers.Min());
    }

    private sealed class Filler(ServerRun server)
    {
        private long bytes;

        public long Bytes => Interlocked.Read(ref bytes);

        public async Task RunAsync(Func<bool> isEnough)
        {
            await using var client = await server.ConnectAsync().ConfigureAwait(false);
            client.Timeout = TimeSpan.FromSeconds(60);
            var value = new string('f', FillerBytes);
            for (var next = 0; !isEnough(); next += FillerBatch)
            {
                await client.SendAsync(Enumerable.Range(next, FillerBatch).SelectMany(i => RespArgument.Request("SET", "filler:" + (i % FillerKeys).ToString(CultureInfo.InvariantCulture), value)).ToArray()).ConfigureAwait(false);
                for (var i = 0; i < FillerBatch; i++)
                    await client.ReadReplyAsync().ConfigureAwait(false);
                Interlocked.Add(ref bytes, FillerBatch * FillerBytes);
            }
        }

        /// <summary>Ends when so much more has been written.</summary>
        public async Task UntilAsync(long more)
        {
            for (var target = Bytes + more; Bytes < target;)
                await Task.Delay(10).ConfigureAwait(false);
        }
    }

    private sealed class Saver(ServerRun server)
    {
        public int Saves { get; private set; }

        public async Task RunAsync(Func<bool> isEnough)
        {
            await using var client = await server.ConnectAsync().ConfigureAwait(false);
            client.Timeout = TimeSpan.FromSeconds(120);
            for (; !isEnough(); Saves++)
            {
                var reply = await client.ExecuteAsync("SAVE").ConfigureAwait(false);
                // One that the size of the log has begun is as good.
                if (reply.IsError && !reply.Text.StartsWith("ERR Background save already in progress", StringComparison.Ordinal))
                    throw new InvalidDataException($"SAVE replied {reply}.");
            }
        }
    }
}
