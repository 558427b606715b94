using System.ComponentModel;
using System.Net.Sockets;

namespace RespKv.Load.Table;

/// <summary>The servers of one row. One that fails is left out from then on, and the others go on.</summary>
internal sealed class Contest : IDisposable
{
    private readonly Fleet fleet;
    private readonly List<Contestant> all = [];

    public Contest(Fleet fleet, IEnumerable<Contestant> contestants)
    {
        this.fleet = fleet;
        all.AddRange(contestants);
    }

    public IReadOnlyList<Line> Lines => [.. all.Select(contestant => contestant.Line)];

    /// <summary>Those that have not failed.</summary>
    public IEnumerable<Contestant> Remaining => all.Where(contestant => contestant.Line.Fault is null);

    /// <summary>Does the same with each of the remaining, in their order.</summary>
    public void Each(Action<Contestant> work)
    {
        foreach (var contestant in Remaining.ToArray())
        {
            try
            {
                work(contestant);
            }
            catch (Exception fault) when (fault is ReplyException or InvalidOperationException or SocketException or IOException or Win32Exception)
            {
                contestant.Line.Fault = fault.Message;
                Console.Error.WriteLine($"  {contestant.Line.Server}: {fault.Message}");
                End(contestant);
            }
        }
    }

    /// <summary>Starts all of them and waits until they answer.</summary>
    public void Start(Func<Contestant, ServerSpec> spec)
    {
        Each(contestant => contestant.Process = fleet.Start(spec(contestant)));
        Each(contestant => contestant.Process!.WaitUntilItAnswers());
    }

    public void End(Contestant contestant, bool killed = false)
    {
        if (contestant.Process is { } process)
        {
            contestant.Process = null;
            fleet.End(process, killed);
        }
    }

    public void Dispose() => all.ForEach(contestant => End(contestant));
}
