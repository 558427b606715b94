using System.Diagnostics;

namespace RespKv.Load.Table;

/// <summary>A server in a row, while it runs: traffic and figures of it.</summary>
internal sealed class Contestant(Entrant entrant, Line line)
{
    private static readonly TimeSpan SettleMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MemoryInterval = TimeSpan.FromMilliseconds(500);

    // Redis looks ten times a second whether its log is due to be written anew.
    private static readonly TimeSpan UpkeepInterval = TimeSpan.FromMilliseconds(200);

    public Entrant Entrant => entrant;

    public Line Line => line;

    /// <summary>The process; null between two of them.</summary>
    public ServerUnderTest? Process { get; set; }

    private ServerUnderTest Running => Process ?? throw new InvalidOperationException($"{line.Server} does not run.");

    public TimeSpan Cpu => ProcessFigures.CpuTime(Running.ProcessId)!.Value;

    public long ResidentBytes => ProcessFigures.ResidentBytes(Running.ProcessId)!.Value;

    public Measurement Take(LoadPlan plan)
    {
        try
        {
            return Measurement.Take(plan, Running.Address, Running.ProcessId);
        }
        catch (ReplyException fault)
        {
            throw new ReplyException($"{fault.Message}\n{Running.LastWords()}".TrimEnd());
        }
    }

    /// <summary>A client that asks and waits.</summary>
    public PageClient Connect() => new(Running.Address);

    /// <summary>Waits until no file is being written anew in the background.</summary>
    public void AwaitUpkeep()
    {
        var start = Stopwatch.GetTimestamp();
        do
        {
            Thread.Sleep(UpkeepInterval);
        }
        while (Running.Info("persistence").Contains("_in_progress:1", StringComparison.Ordinal) && Stopwatch.GetElapsedTime(start) < SettleMax);
    }

    /// <summary>The resident memory once it stays the same, to half a per cent.</summary>
    public long SettledBytes()
    {
        var start = Stopwatch.GetTimestamp();
        var bytes = ResidentBytes;
        while (true)
        {
            Thread.Sleep(MemoryInterval);
            var before = bytes;
            bytes = ResidentBytes;
            if (Math.Abs(bytes - before) <= before / 200 || Stopwatch.GetElapsedTime(start) > SettleMax)
            {
                return bytes;
            }
        }
    }
}
