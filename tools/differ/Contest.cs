using System.Net;
using System.Text;

namespace RespKv.Differ;

/// <summary>Plays episodes to two servers and tells where the second one replies otherwise than the first.</summary>
internal sealed class Contest : IDisposable
{
    private readonly IPEndPoint peer;
    private readonly IPEndPoint subject;
    private Line peerControl;
    private Line subjectControl;

    public Contest(IPEndPoint peer, IPEndPoint subject)
    {
        (this.peer, this.subject) = (peer, subject);
        (peerControl, subjectControl) = (new Line(peer), new Line(subject));
        var info = peerControl.Ask("INFO", "server").Text;
        var line = info.Split("\r\n").First(text => text.StartsWith("redis_version:", StringComparison.Ordinal));
        PeerVersion = Version.Parse(line["redis_version:".Length..]);
        Payloads = [.. DumpedPayloads(peerControl), .. DumpedPayloads(subjectControl)];
    }

    /// <summary>The version of the server that is right by definition, up to what is known to have changed since.</summary>
    public Version PeerVersion { get; }

    /// <summary>What DUMP gives on both servers, for RESTORE.</summary>
    public IReadOnlyList<string> Payloads { get; }

    /// <summary>The names of the commands that both have; those of subcommands are <c>container|name</c>.</summary>
    public IReadOnlyList<string> CommonCommands => [.. Names(peerControl).Intersect(Names(subjectControl)).Order(StringComparer.Ordinal)];

    /// <summary>How many commands were sent so far.</summary>
    public long Commands { get; private set; }

    /// <summary>What is wrong with the episode, or null.</summary>
    public string? Play(Episode episode)
    {
        Commands += episode.Steps.Count;
        var bytes = episode.Encode();
        var ours = Task.Run(() => Exchange(subject, subjectControl, bytes, episode));
        var theirs = Task.Run(() => Exchange(peer, peerControl, bytes, episode));
        try
        {
            Task.WaitAll(theirs, ours);
        }
        catch (AggregateException)
        {
            Reconnect();
            return $"Redis: {Outcome(theirs)}; RespKv: {Outcome(ours)}";
        }

        return new Verdict(PeerVersion).Fault(episode, theirs.Result.Replies, ours.Result.Replies) ?? Dataset.Difference(theirs.Result.Data, ours.Result.Data, KnownDifferences.ConcernEncodings(episode));
    }

    private static IEnumerable<string> Names(Line line) => line.Ask("COMMAND", "LIST").Items.Select(item => item.Text);

    private static string Outcome(Task task) => task.Exception?.InnerException?.Message ?? "well";

    private void Reconnect()
    {
        Dispose();
        (peerControl, subjectControl) = (new Line(peer), new Line(subject));
    }

    public void Dispose()
    {
        peerControl.Dispose();
        subjectControl.Dispose();
    }

    private static (byte[] Replies, SortedDictionary<string, Dataset.Entry> Data) Exchange(IPEndPoint server, Line control, byte[] bytes, Episode episode)
    {
        control.AskAll([["FLUSHALL"], ["SCRIPT", "FLUSH"]]);
        using var line = new Line(server);
        var replies = line.Exchange(bytes, episode.Cuts, saysEnd: !episode.IsMapped);
        return (replies, Dataset.Read(control));
    }

    private static IEnumerable<string> DumpedPayloads(Line line)
    {
        line.AskAll([["FLUSHALL"], ["SET", "a", "abc"], ["SET", "b", "12345"], ["SET", "c", new string('x', 500)], ["SET", "d", ""], ["SET", "e", "-9223372036854775808"]]);
        line.AskAll([["HSET", "f", "a", "1", "b", "two", "c", new string('c', 30)], ["HSET", "g", "a", new string('g', 300), "b", "2"], ["HSET", "h", "", ""]]);
        return [.. line.AskAll([.. "abcdefgh".Select(key => new[] { "DUMP", key.ToString() })]).Select(reply => Encoding.Latin1.GetString(reply.Bytes.Span))];
    }
}
