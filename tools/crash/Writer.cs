using System.Diagnostics;
using System.Net.Sockets;
using RespKv.Protocol;

namespace RespKv.Crash;

/// <summary>
/// A connection that writes to two databases of its own, a few writes at a time, and knows what it has sent and what was acknowledged. After a crash its databases must be as some prefix of
/// its writes makes them, not shorter than what was acknowledged.
/// </summary>
internal sealed class Writer
{
    private const int PipelineMax = 12;

    private readonly Random random;
    private readonly string name;
    private readonly int database;
    private readonly OperationSource source;
    private readonly List<Operation> sent = [];
    private readonly List<long> acknowledgedAt = [];
    private WriterModel safe = new();
    private WriterModel live = new();

    /// <param name="seed">Of what is written.</param>
    /// <param name="number">Which writer: it has the databases 1 + 2n and 2 + 2n.</param>
    public Writer(int seed, int number)
    {
        random = new Random(seed);
        name = "w" + number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        database = 1 + (2 * number);
        source = new OperationSource(random, name, database);
    }

    /// <summary>Writes since the last check.</summary>
    public int Sent => sent.Count;

    public int Acknowledged => acknowledgedAt.Count;

    /// <summary>When the first write was acknowledged that the last check did not find; null when none was lost.</summary>
    public long? LostSince { get; private set; }

    /// <summary>What was replied wrongly.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>Writes until the connection breaks or it is enough.</summary>
    public async Task RunAsync(ServerRun server, CancellationToken enough)
    {
        try
        {
            await using var client = await server.ConnectAsync().ConfigureAwait(false);
            client.Timeout = TimeSpan.FromSeconds(30);
            await ServerState.ExpectAsync(client, "OK", "SELECT", database).ConfigureAwait(false);
            while (!enough.IsCancellationRequested)
                await WriteSomeAsync(client).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
        {
            // Killed, as planned.
        }
        catch (TimeoutException error)
        {
            Faults.Add($"{name}: no reply: {error.Message}");
        }
    }

    /// <summary>Looks at what the server has after a crash; what was acknowledged before <paramref name="cutoff"/> must be there.</summary>
    /// <returns>How many writes survived, and what is wrong.</returns>
    public async Task<(int Survived, List<string> Faults)> CheckAsync(RespClient client, long cutoff)
    {
        var told = await ReadAsync(client).ConfigureAwait(false);
        var model = safe.Copy();
        var least = acknowledgedAt.TakeWhile(at => at <= cutoff).Count();
        var nearest = default(List<string>);
        var faults = new List<string>(Faults);
        for (var survived = 0; survived <= sent.Count; survived++)
        {
            if (survived > 0)
                sent[survived - 1].Apply(model);
            if (survived < least)
                continue;
            var differences = model.Differences(told);
            if (differences.Count == 0)
            {
                LostSince = survived < acknowledgedAt.Count ? acknowledgedAt[survived] : null;
                Settle(model);
                return (survived, faults);
            }

            if (nearest == null || differences.Count < nearest.Count)
                nearest = [$"{name}: no prefix of {sent.Count} writes, of which {least} had to survive, gives what is there; nearest are the first {survived}:", .. differences.Take(5), .. Around(survived)];
        }

        faults.AddRange(nearest!);
        faults.AddRange(Shorter(told, least));
        Settle(told);
        return (-1, faults);
    }

    // For the report: whether it is what fewer writes make.
    private IEnumerable<string> Shorter(WriterModel told, int least)
    {
        var model = safe.Copy();
        for (var survived = 0; survived < least; survived++)
        {
            if (survived > 0)
                sent[survived - 1].Apply(model);
            if (model.Differences(told).Count == 0)
                yield return $"it is what the first {survived} give: {least - survived} acknowledged writes are lost, from {sent[survived]} on";
        }
    }

    private IEnumerable<string> Around(int survived) =>
        Enumerable.Range(survived - 2, 4).Where(i => i >= 0 && i < sent.Count).Select(i => $"  write {i}: {sent[i]}");

    private void Settle(WriterModel model)
    {
        safe = model.Copy();
        live = model.Copy();
        sent.Clear();
        acknowledgedAt.Clear();
        Faults.Clear();
    }

    private async Task WriteSomeAsync(RespClient client)
    {
        var batch = new List<Operation>();
        for (var i = random.Next(1, PipelineMax); i > 0; i--)
        {
            var operation = source.Next(live);
            operation.Apply(live);
            batch.Add(operation);
        }

        sent.AddRange(batch);
        await client.SendAsync(batch.SelectMany(operation => operation.Commands).SelectMany(command => RespArgument.Request(command)).ToArray()).ConfigureAwait(false);
        foreach (var operation in batch)
        {
            foreach (var expected in operation.Replies)
            {
                var reply = (await client.ReadReplyAsync().ConfigureAwait(false)).ToString();
                if (reply != expected)
                    Faults.Add($"{name}: {operation} replied {reply} instead of {expected}");
            }

            acknowledgedAt.Add(Stopwatch.GetTimestamp());
        }
    }

    private async Task<WriterModel> ReadAsync(RespClient client)
    {
        var databases = new Dictionary<string, Entry>[2];
        for (var i = 0; i < databases.Length; i++)
            databases[i] = await ServerState.ReadAsync(client, database + i).ConfigureAwait(false);
        return new WriterModel(databases[0], databases[1]);
    }
}
