using System.Diagnostics;

namespace RespKv.Differ;

/// <summary>Plays random episodes until enough commands were sent or faults found.</summary>
internal static class RandomRun
{
    /// <summary>Returns how many episodes failed; each is told with its seed and the smallest sequence that fails as well.</summary>
    public static int Run(Contest contest, int seed, long commands, int faultsMax, Action<string> tell)
    {
        var (watch, faults, next) = (Stopwatch.StartNew(), 0, seed);
        for (; contest.Commands < commands && faults < faultsMax; next++)
        {
            var episode = EpisodeSource.Make(next, contest.PeerVersion, contest.Payloads);
            if (contest.Play(episode) is not { } fault)
                continue;
            faults++;
            var (small, smallFault) = Shrinker.Shrink(episode, fault, contest.PeerVersion, contest.Play);
            tell($"seed {next}:\n{small}\n  {smallFault}");
        }

        tell($"{next - seed} episodes from seed {seed}, {contest.Commands} commands, {faults} faults, {watch.Elapsed.TotalSeconds:0} s");
        return faults;
    }
}
