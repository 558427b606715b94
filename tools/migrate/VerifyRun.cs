namespace RespKv.Migrate;

/// <summary>A comparison of all that was asked for, from both sides.</summary>
internal sealed class VerifyRun(Peer source, Peer target, CopyOptions options, Action<string> print)
{
    private readonly Progress progress = new(print);

    public async Task<Comparison> RunAsync(CancellationToken cancellation)
    {
        var found = new Comparison(options.Shown);
        var inSource = await source.SpacesAsync().ConfigureAwait(false);
        var inTarget = await target.SpacesAsync().ConfigureAwait(false);
        foreach (var space in inSource.Concat(inTarget).Select(each => each.Space).Distinct().Where(space => options.Spaces.Count == 0 || options.Spaces.Contains(space)))
        {
            if (space.Number == null && !(source.IsRespKv && target.IsRespKv))
            {
                found.Unsupported["key of the " + space] = inSource.Concat(inTarget).First(each => each.Space == space).Keys;
                continue;
            }

            var (from, to) = (await source.LaneAsync(space).ConfigureAwait(false), await target.LaneAsync(space).ConfigureAwait(false));
            await CompareAsync(from, to, inSource.FirstOrDefault(each => each.Space == space).Keys, found, cancellation).ConfigureAwait(false);
            await FindMoreAsync(from, to, found, cancellation).ConfigureAwait(false);
        }

        return found;
    }

    private async Task CompareAsync(Lane from, Lane to, long keys, Comparison found, CancellationToken cancellation)
    {
        var comparer = new KeyComparer(source, from, target, to, options, found);
        var copier = new KeyCopier(source, from, target, to, options with { Existing = ExistingKeys.Replace });
        var (cursor, seen) = ("0", 0L);
        progress.Begin(0);
        do
        {
            ThrowIfStopped(cancellation);
            (cursor, var page) = await from.ScanAsync(cursor, options.Match, options.ScanCount).ConfigureAwait(false);
            var differing = await comparer.CompareAsync(page).ConfigureAwait(false);
            if (options.Repairs && differing.Count > 0)
                found.Repaired += (await copier.CopyAsync(differing).ConfigureAwait(false)).Copied;
            progress.Tell(from.Space, seen += page.Count, keys, 0);
        }
        while (cursor != "0");
    }

    private async Task FindMoreAsync(Lane from, Lane to, Comparison found, CancellationToken cancellation)
    {
        var cursor = "0";
        do
        {
            ThrowIfStopped(cancellation);
            (cursor, var page) = await to.ScanAsync(cursor, options.Match, options.ScanCount).ConfigureAwait(false);
            var there = await from.RunAsync([.. page.Select(key => new Request("EXISTS", key))]).ConfigureAwait(false);
            var more = page.Where((_, i) => there[i].Integer == 0).ToList();
            foreach (var key in more)
                found.Add(to.Space, key, "only in the target");
            if (options.Repairs && more.Count > 0)
                found.Repaired += (await to.RunAsync([.. more.Select(key => new Request("DEL", key))]).ConfigureAwait(false)).Sum(reply => reply.Integer);
        }
        while (cursor != "0");
    }

    private static void ThrowIfStopped(CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            throw new MigrationFaultException("stopped");
    }
}
