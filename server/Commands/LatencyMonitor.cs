namespace RespKv.Server.Commands;

/// <summary>A delay that was noticed: when, and how long in milliseconds.</summary>
internal readonly record struct LatencySample(long UnixSeconds, long Milliseconds);

/// <summary>
/// Delays above a threshold, by the kind of event that caused them, the last 160 of each; off at the threshold 0. Thread-safe.
/// </summary>
internal sealed class LatencyMonitor
{
    /// <summary>Samples kept of each event.</summary>
    public const int SamplesMax = 160;

    private readonly SortedDictionary<string, Event> events = new(StringComparer.Ordinal);
    private readonly Lock changing = new();

    /// <summary><c>latency-monitor-threshold</c>, in milliseconds; 0 watches nothing.</summary>
    public long ThresholdMs { get; set; }

    /// <summary>Notes a delay if it is long enough.</summary>
    public void Note(string name, long unixSeconds, long milliseconds)
    {
        if (ThresholdMs == 0 || milliseconds < ThresholdMs)
            return;
        lock (changing)
        {
            if (!events.TryGetValue(name, out var noted))
                events[name] = noted = new Event();
            noted.Add(new LatencySample(unixSeconds, milliseconds));
        }
    }

    /// <summary>The events with their samples, oldest first, and the longest delay ever.</summary>
    public (string Name, LatencySample[] Samples, long LongestMs)[] Events()
    {
        lock (changing)
            return [.. events.Select(e => (e.Key, e.Value.Samples.ToArray(), e.Value.LongestMs))];
    }

    /// <summary>The samples of an event, oldest first; none when it never happened.</summary>
    public LatencySample[] History(string name)
    {
        lock (changing)
            return events.TryGetValue(name, out var noted) ? [.. noted.Samples] : [];
    }

    /// <summary>Forgets an event; false when there is nothing to forget.</summary>
    public bool Forget(string name)
    {
        lock (changing)
            return events.Remove(name);
    }

    private sealed class Event
    {
        private readonly List<LatencySample> samples = [];

        public IReadOnlyList<LatencySample> Samples => samples;

        public long LongestMs { get; private set; }

        public void Add(LatencySample sample)
        {
            LongestMs = Math.Max(LongestMs, sample.Milliseconds);
            // Delays of one second are one sample, the longest of them.
            if (samples.Count > 0 && samples[^1].UnixSeconds == sample.UnixSeconds)
            {
                if (sample.Milliseconds > samples[^1].Milliseconds)
                    samples[^1] = sample;
                return;
            }

            if (samples.Count == SamplesMax)
                samples.RemoveAt(0);
            samples.Add(sample);
        }
    }
}
