namespace RespKv.Differ;

/// <summary>Makes a failing episode as small as it goes.</summary>
internal static class Shrinker
{
    private const int TriesMax = 2000;

    /// <summary>The smallest episode found that still fails, and how it fails.</summary>
    public static (Episode Episode, string Fault) Shrink(Episode episode, string fault, Version peerVersion, Func<Episode, string?> play)
    {
        var (best, bestFault, tries) = (episode, fault, 0);
        if (episode.Damage is not null)
            return (best, bestFault);

        bool Try(Episode candidate)
        {
            if (tries++ >= TriesMax || candidate.Steps.Count == 0 || candidate.Steps[^1].Words[0] != "QUIT" || candidate.Steps.Any(step => KnownDifferences.Concern(step, peerVersion)) || play(candidate) is not { } found)
                return false;
            (best, bestFault) = (candidate, found);
            return true;
        }

        Try(best with { Cuts = [] });
        for (var size = Math.Max(best.Steps.Count / 2, 1); size > 0; size /= 2)
        {
            for (var at = best.Steps.Count - size; at >= 0; at -= size)
                Try(best with { Steps = [.. best.Steps.Take(at), .. best.Steps.Skip(at + size)] });
        }

        for (var at = 0; at < best.Steps.Count; at++)
        {
            for (var word = best.Steps[at].Words.Length - 1; word > 0; word--)
                Try(With(best, at, [.. best.Steps[at].Words.Where((_, index) => index != word)]));
            for (var word = 1; word < best.Steps[at].Words.Length; word++)
            {
                var words = best.Steps[at].Words;
                if (words[word].Length > 8)
                    _ = Try(With(best, at, [.. words.Select((text, index) => index == word ? text[..1] : text)])) || Try(With(best, at, [.. words.Select((text, index) => index == word ? text[..(text.Length / 2)] : text)]));
            }
        }

        return (best, bestFault);
    }

    private static Episode With(Episode episode, int at, string[] words) =>
        episode with { Steps = [.. episode.Steps.Select((step, index) => index == at ? step with { Words = HarmlessForm.Of(words), Agreement = Agreements.Of(words) } : step)] };
}
