using StackExchange.Redis;

namespace RespKv.Migrate;

/// <summary>A copy of all that was asked for, from the beginning or from where an earlier run has come to.</summary>
internal sealed class CopyRun(Peer source, Peer target, CopyOptions options, string name, Action<string> print)
{
    // Lost connections in a row after which it gives up.
    private const int AttemptsMax = 30;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SavePeriod = TimeSpan.FromSeconds(1);

    private readonly Progress progress = new(print);
    private DateTime savedAt;

    /// <summary>Copies; what came of it.</summary>
    public async Task<Tally> RunAsync(CancellationToken cancellation)
    {
        var total = new Tally();
        var spaces = (await source.SpacesAsync().ConfigureAwait(false)).Where(found => options.Spaces.Count == 0 || options.Spaces.Contains(found.Space)).ToList();
        var state = options.IsDryRun ? new CopyState() : LoadState();
        if (!options.IsDryRun && options.Existing == ExistingKeys.Refuse && state.Spaces.Count == 0)
            await RequireEmptyAsync(spaces).ConfigureAwait(false);
        foreach (var (space, keys) in spaces)
        {
            if (space.Number == null && !target.IsRespKv)
            {
                total.Unsupported["key of the " + space] = keys;
                continue;
            }

            var reached = state.Of(space);
            if (!reached.IsDone)
                await CopySpaceAsync(space, keys, reached, state, cancellation).ConfigureAwait(false);
            total.Add(reached.Tally);
        }

        // All is there: another run is another copy.
        if (!options.IsDryRun)
            File.Delete(options.StateFile);
        return total;
    }

    private CopyState LoadState()
    {
        var state = CopyState.Load(options.StateFile, name);
        if (state.Spaces.Count > 0 && state.SourceRun != source.RunId)
        {
            print("The source has been started anew since; its databases are gone through from the beginning.");
            foreach (var space in state.Spaces.Values)
                (space.Cursor, space.IsDone, space.Tally) = ("0", false, new Tally());
        }
        else if (state.Spaces.Count > 0)
        {
            print($"Going on where {options.StateFile} says.");
        }

        state.SourceRun = source.RunId;
        return state;
    }

    private async Task RequireEmptyAsync(List<(Space Space, long Keys)> spaces)
    {
        foreach (var (space, _) in spaces)
        {
            if (space.Number == null && !target.IsRespKv)
                continue;
            var keys = (await (await target.LaneAsync(space).ConfigureAwait(false)).RunAsync("DBSIZE").ConfigureAwait(false)).Integer;
            if (keys > 0)
                throw new MigrationFaultException($"{space} of the target holds {Reply.Number(keys)} keys; --replace overwrites those that the source has too, --skip-existing keeps them");
        }
    }

    private async Task CopySpaceAsync(Space space, long keys, CopyState.SpaceState reached, CopyState state, CancellationToken cancellation)
    {
        var (from, to) = (await source.LaneAsync(space).ConfigureAwait(false), await target.LaneAsync(space).ConfigureAwait(false));
        var copier = new KeyCopier(source, from, target, to, options);
        progress.Begin(reached.Tally.Seen);
        try
        {
            await CopyStepsAsync(from, copier, keys, reached, state, cancellation).ConfigureAwait(false);
        }
        finally
        {
            Save(state);
        }
    }

    private async Task CopyStepsAsync(Lane from, KeyCopier copier, long keys, CopyState.SpaceState reached, CopyState state, CancellationToken cancellation)
    {
        do
        {
            if (cancellation.IsCancellationRequested)
                throw new MigrationFaultException("stopped; the same command goes on from here");
            var (cursor, tally) = await RetriedAsync(async () =>
            {
                var (next, found) = await from.ScanAsync(reached.Cursor, options.Match, options.ScanCount).ConfigureAwait(false);
                return (next, await copier.CopyAsync(found).ConfigureAwait(false));
            }).ConfigureAwait(false);
            reached.Tally.Add(tally);
            (reached.Cursor, reached.IsDone) = (cursor, cursor == "0");
            progress.Tell(from.Space, reached.Tally.Seen, keys, reached.Tally.Bytes);
            if (DateTime.UtcNow - savedAt > SavePeriod)
                Save(state);
        }
        while (!reached.IsDone);
    }

    private void Save(CopyState state)
    {
        if (options.IsDryRun)
            return;
        state.Save(options.StateFile);
        savedAt = DateTime.UtcNow;
    }

    private async Task<T> RetriedAsync<T>(Func<Task<T>> step)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await step().ConfigureAwait(false);
            }
            catch (Exception error) when (error is RedisConnectionException or RedisTimeoutException)
            {
                if (attempt == AttemptsMax)
                    throw new MigrationFaultException($"gave up after {AttemptsMax} attempts: {error.Message}; the same command goes on from here");
                if (attempt == 1)
                    print($"A connection was lost; trying again ({error.Message})");
                await Task.Delay(RetryDelay).ConfigureAwait(false);
            }
        }
    }
}
