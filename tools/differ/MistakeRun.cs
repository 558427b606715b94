using System.Diagnostics;

namespace RespKv.Differ;

/// <summary>
/// Plays every command that both servers have, each in an episode of its own, with words missing, too many, empty, of the wrong kind, on
/// keys of each type and on none, and with every option, whole and cut off.
/// </summary>
internal static class MistakeRun
{
    private const int StepsMax = 150;
    private const int ExtraWords = 3;
    private const int WordsMax = 7;

    // What ends or halts a server or its clients, changes it for all that follows, waits, or tells of the server's own inside.
    private static readonly HashSet<string> LeftOut =
    [
        "shutdown", "monitor", "save", "bgsave", "bgrewriteaof", "debug", "failover", "replicaof", "slaveof", "wait", "waitaof", "quit", "client|pause", "client|kill", "client|reply", "config|rewrite", "acl|setuser", "acl|load", "acl|save",
        "acl|log", "latency|histogram", "slowlog|get", "slowlog|len", "cluster|reset", "function|stats", "memory|stats", "memory|doctor", "memory|malloc-stats", "config|get", "function|dump", "function|restore", "role",
        // A script that is "s" is no script, which the two say in other words; those of EVAL are in the random run.
        "eval", "eval_ro", "script|load", "function|load",
    ];

    private static readonly string[] Odd = ["", "x", "1.5", "-1", "0", "9223372036854775807", "9223372036854775808", " 1", "a b", "k\xff\r\n"];
    private static readonly string[] Behind = ["x", "-1", "20000000"];
    private static readonly string[][] Fills = [["s", "20000000", "1", "1", "1", "1", "1"], ["h", "f", "1", "2", "v", "1", "1"], ["none", "0", "0", "x", "y", "1", "1"], ["s", "h", "none", "s", "h", "none", "s"]];

    /// <summary>Returns how many commands failed; each is told with the smallest sequence that fails as well.</summary>
    /// <param name="contest">The two servers.</param>
    /// <param name="oneOf">Plays one of so many mistakes; all of them for 1.</param>
    /// <param name="tell">Takes lines of text.</param>
    public static int Run(Contest contest, int oneOf, Action<string> tell)
    {
        var (watch, faults, commands) = (Stopwatch.StartNew(), 0, contest.CommonCommands.Where(name => !LeftOut.Contains(name)).ToList());
        foreach (var name in commands)
        {
            foreach (var steps in Variants(name.Split('|')).Where(step => !KnownDifferences.Concern(step, contest.PeerVersion)).Where((_, at) => at % oneOf == 0).Chunk(StepsMax))
            {
                var episode = new Episode([.. Data(), .. steps, CommandSource.StepOf(["QUIT"])], IsMapped: !name.Contains("subscribe", StringComparison.Ordinal), Cuts: []);
                if (contest.Play(episode) is not { } fault)
                    continue;
                faults++;
                var (small, smallFault) = Shrinker.Shrink(episode, fault, contest.PeerVersion, contest.Play);
                tell($"{name}:\n{small}\n  {smallFault}");
                break;
            }
        }

        tell($"{commands.Count} commands in {contest.Commands} calls, {faults} with faults, {watch.Elapsed.TotalSeconds:0} s");
        return faults;
    }

    private static IEnumerable<Step> Data() => [CommandSource.StepOf(["SET", "s", "v"]), CommandSource.StepOf(["HSET", "h", "f", "v"])];

    private static IEnumerable<Step> Variants(string[] name) =>
        Calls().Select(call => CommandSource.StepOf(HarmlessForm.Of([.. name.Select(word => word.ToUpperInvariant()), .. call])));

    private static IEnumerable<string[]> Calls()
    {
        for (var words = 0; words <= WordsMax; words++)
        {
            foreach (var fill in Fills)
            {
                yield return fill[..words];
                for (var at = 0; at < words; at++)
                {
                    foreach (var odd in Odd)
                        yield return [.. fill[..at], odd, .. fill[(at + 1)..words]];
                }
            }
        }

        for (var words = 1; words <= ExtraWords; words++)
        {
            foreach (var option in Words.Options)
            {
                yield return [.. Fills[0][..words], option];
                yield return [.. Fills[1][..words], option, option];
                foreach (var behind in Behind)
                    yield return [.. Fills[0][..words], option, behind];
            }
        }
    }
}
