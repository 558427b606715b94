using Prometheus;

namespace RespKv.Server.Metrics;

/// <summary>Lets counters follow counts that are kept elsewhere and may begin at zero again (CONFIG RESETSTAT), which a counter never does. One thread at a time.</summary>
internal sealed class FollowedCounts
{
    private readonly Dictionary<object, double> last = [];

    public void To(ICounter counter, double count) => counter.Inc(Grown(counter, count));

    /// <summary>By how much a count has grown since it was last asked for.</summary>
    public double Grown(object who, double count)
    {
        var before = last.GetValueOrDefault(who);
        last[who] = count;
        return count >= before ? count - before : count;
    }
}
