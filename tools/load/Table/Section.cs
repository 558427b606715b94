namespace RespKv.Load.Table;

/// <summary>Rows that measure the same, printed as one table.</summary>
internal sealed record Section(string Title, string Text, params Measure[] Columns)
{
    private static readonly Measure[] Traffic = [Measure.Rate, Measure.ServerCpu, Measure.LoadCpu, Measure.LoadBusy];

    public static readonly Section Memory = new(
        "In memory",
        "Values of 64 bytes, 100,000 keys, unless said. An MGET or MSET of 10 counts as one request, the DEL and the SET of the churn as two.",
        Traffic);

    public static readonly Section Log = new(
        "Writes with the log synced every second",
        "What a server does after the round, to write its files anew, is waited for and counts as CPU.",
        Traffic);

    public static readonly Section Tail = new(
        "Latency at half of full load",
        "All servers at the same rate, half of what the slowest of them can do.",
        Measure.Latency99,
        Measure.Latency999,
        Measure.MedianLatency,
        Measure.ServerCpu);

    public static readonly Section Scan = new(
        "SCAN of 1 million keys, COUNT 1000",
        "One client; a pass is a whole iteration. The prefix holds one key of a thousand.",
        Measure.PassRate,
        Measure.PassCpu);

    public static readonly Section List = new("KV.LIST, pages of 1,000", "One client goes from page to page.", Measure.PageTime, Measure.PageCpu);

    public static readonly Section Footprint = new(
        "Memory for 5 million keys of 20 bytes with values of 64",
        "What the resident memory has grown by since the start, for each key.",
        Measure.KeyBytes);

    public static readonly Section Start = new("Start", "From the start of the process to the first PONG, without data.", Measure.ReadyTime, Measure.EmptyMemory);

    public static readonly Section Recovery = new(
        "Start with data",
        "From the start of the process, after the one before it was killed, until it answers and has all keys.",
        Measure.LoadTime);

    public static readonly Section Idle = new(
        "Idle",
        "Each client has had one PING answered. Memory is what they have added.",
        Measure.CrowdMemory,
        Measure.CrowdCpu,
        Measure.IdleCpu);
}
