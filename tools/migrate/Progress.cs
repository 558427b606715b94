using System.Diagnostics;

namespace RespKv.Migrate;

/// <summary>Says once a second how far it is.</summary>
internal sealed class Progress(Action<string> print)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Stopwatch since = Stopwatch.StartNew();
    private TimeSpan saidAt;
    private long seenThen;

    public void Tell(Space space, long seen, long all, long bytes)
    {
        var now = since.Elapsed;
        if (now - saidAt < Period)
            return;
        var rate = (seen - seenThen) / (now - saidAt).TotalSeconds;
        print($"{space}: {Reply.Number(seen)} of about {Reply.Number(all)} keys, {Reply.Number((long)rate)} keys/s, {Reply.Number(bytes / 1_000_000)} MB");
        (saidAt, seenThen) = (now, seen);
    }

    /// <summary>Another database begins.</summary>
    public void Begin(long seen) => (saidAt, seenThen) = (since.Elapsed, seen);
}
