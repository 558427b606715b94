using RespKv.Server.Storage.Durability;
using RespKv.Server.Storage.Upkeep;

namespace RespKv.Server.Storage.Faster;

/// <summary>Backups: a checkpoint, then a copy of it and of all that belongs to it, while clients and later checkpoints go on. Nothing is removed from the folder meanwhile.</summary>
internal sealed partial class Persistence
{
    private volatile Task<string?>? backup;
    private volatile bool isBackingUp;

    // Where the last checkpoint begins, and how far it needs the log; written by the task that makes checkpoints.
    private (ulong Cut, ulong Needs) lastPoint;

    /// <summary>Begins a backup to a folder that is empty or not there.</summary>
    /// <returns>Ends with it; the result says why it failed, or is null. Null when one is under way.</returns>
    public Task<string?>? BeginBackup(string target)
    {
        lock (starting)
        {
            if (backup is { IsCompleted: false } || isStopping)
                return null;
            return backup = Task.Factory.StartNew(() => Backup(target), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
    }

    private string? Backup(string target)
    {
        isBackingUp = true;
        store.LargeValues.KeepsFreed = true;
        try
        {
            using var copy = FolderBackup.Begin(target, () => isStopping);
            var (cut, needs) = PointForBackup();
            copy.Run(folder, cut, needs);
            Notice("A backup is complete: " + target, false);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DataFaultException or OperationCanceledException or ArgumentException or NotSupportedException)
        {
            var fault = error is OperationCanceledException ? "the server ends" : error.Message;
            Notice($"A backup to {target} could not be made: {fault}", true);
            return fault;
        }
        finally
        {
            store.LargeValues.KeepsFreed = false;
            isBackingUp = false;
        }
    }

    // The end of a checkpoint is a moment between all batches, and the log is on the disk up to there.
    private (ulong Cut, ulong Needs) PointForBackup()
    {
        (ulong, ulong) point = default;
        while (true)
        {
            if (Begin(() => point = lastPoint) is { } mine)
                return mine.GetAwaiter().GetResult() is { } fault ? throw new IOException("the checkpoint failed: " + fault) : point;
            if (isStopping)
                throw new OperationCanceledException();
            running?.Wait();
        }
    }
}
