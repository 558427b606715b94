namespace RespKv.Load.Table;

/// <summary>Which of two figures is the better one.</summary>
internal enum Better
{
    Higher,
    Lower,

    /// <summary>It is shown and not compared.</summary>
    Neither,
}

/// <summary>Something that rows of the table measure.</summary>
/// <param name="Title">Heads its column.</param>
/// <param name="Name">In goals and verdicts.</param>
/// <param name="Format">Of its figures.</param>
/// <param name="Better">Whether more or less of it is better.</param>
internal sealed record Measure(string Title, string Name, string Format, Better Better)
{
    public static readonly Measure Rate = new("requests/s", "rate", "N0", Better.Higher);
    public static readonly Measure ServerCpu = new("server CPU us/request", "CPU", "0.00", Better.Lower);
    public static readonly Measure LoadCpu = new("load CPU us/request", "load CPU", "0.00", Better.Neither);

    /// <summary>Share of the time in which a load thread did not wait for the server.</summary>
    public static readonly Measure LoadBusy = new("load busy %", "load", "0", Better.Neither);

    public static readonly Measure MedianLatency = new("p50 ms", "p50", "0.000", Better.Neither);
    public static readonly Measure Latency99 = new("p99 ms", "p99", "0.000", Better.Lower);
    public static readonly Measure Latency999 = new("p99.9 ms", "p99.9", "0.000", Better.Lower);
    public static readonly Measure KeysListed = new("keys/s", "rate", "N0", Better.Higher);
    public static readonly Measure PassRate = new("passes/s", "rate", "0.00", Better.Higher);
    public static readonly Measure PassCpu = new("server CPU ms/pass", "CPU", "0.00", Better.Lower);
    public static readonly Measure PageTime = new("us/page", "time", "N0", Better.Lower);
    public static readonly Measure PageCpu = new("server CPU us/page", "CPU", "N0", Better.Lower);
    public static readonly Measure KeyBytes = new("resident bytes/key", "bytes", "0.0", Better.Lower);
    public static readonly Measure ReadyTime = new("s until ready", "time", "0.000", Better.Lower);
    public static readonly Measure EmptyMemory = new("RSS MB", "RSS", "0.0", Better.Lower);
    public static readonly Measure LoadTime = new("s until loaded", "time", "0.000", Better.Lower);
    public static readonly Measure IdleCpu = new("CPU ms/s, no clients", "CPU alone", "0.0", Better.Lower);
    public static readonly Measure CrowdCpu = new("CPU ms/s, with clients", "CPU with clients", "0.0", Better.Lower);
    public static readonly Measure CrowdMemory = new("MB for the clients", "memory", "0.0", Better.Lower);
}
