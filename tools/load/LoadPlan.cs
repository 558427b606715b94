namespace RespKv.Load;

/// <summary>One stretch of traffic against one server.</summary>
/// <param name="Workload">What is sent.</param>
/// <param name="KeyCount">Number of different keys.</param>
/// <param name="KeysInTurn">Each key in turn instead of random ones; with one thread.</param>
/// <param name="Connections">Connections over all threads.</param>
/// <param name="Pipeline">Requests sent together on a connection before their replies are awaited.</param>
/// <param name="Threads">Load threads; each serves its own share of the connections.</param>
/// <param name="Duration">How long batches are begun, or null when <paramref name="Requests"/> says when to stop.</param>
/// <param name="Requests">Requests over all threads, rounded up to whole batches per thread.</param>
/// <param name="Rate">Requests per second over all connections, or 0: each batch follows the replies to the last.</param>
/// <param name="Seed">Of the random keys.</param>
/// <param name="AllowMisses">Whether a key may be missing, as in a server that evicts.</param>
internal sealed record LoadPlan(
    Workload Workload,
    long KeyCount,
    bool KeysInTurn,
    int Connections,
    int Pipeline,
    int Threads,
    TimeSpan? Duration,
    long Requests,
    double Rate,
    ulong Seed,
    bool AllowMisses)
{
    // Large enough to fill quickly, small enough that a batch of large values does not fill the sockets.
    private const int FillBatchBytes = 1024 * 1024;

    /// <summary>Writes every key of this plan once, in large batches.</summary>
    public LoadPlan Fill(int valueBytes) => Fill(Workload.Fill(valueBytes));

    /// <summary>Writes every key of this plan once by the request of <paramref name="fill"/>.</summary>
    public LoadPlan Fill(Workload fill) =>
        this with
        {
            Workload = fill,
            KeysInTurn = true,
            Connections = 2,
            Pipeline = Math.Clamp(FillBatchBytes / fill.LongestRequestBytes, 1, 100),
            Threads = 1,
            Duration = null,
            Requests = KeyCount,
            Rate = 0,
        };
}
