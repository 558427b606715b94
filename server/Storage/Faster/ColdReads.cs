using System.Collections.Concurrent;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Brings records near that are not in memory, on threads that may wait for the disk: afterwards a read of them finds their blocks in the system's cache. A part of them is moved to the log's tail, so that a
/// record that is asked for again and again ends up in memory, and one that is read once does not make the log longer.
/// </summary>
internal sealed class ColdReads : IDisposable
{
    private const int ThreadCount = 4;

    // One of so many records that are fetched is moved.
    private const int MovedPart = 4;

    private readonly FasterStore store;
    private readonly BlockingCollection<Request> requests = [];
    private readonly Thread[] threads;
    private int turn;

    public ColdReads(FasterStore store)
    {
        this.store = store;
        threads = [.. Enumerable.Range(0, ThreadCount).Select(_ => new Thread(Run) { IsBackground = true, Name = "respkv cold reads" })];
        foreach (var thread in threads)
            thread.Start();
    }

    private sealed record Request(Keyset Keys, byte[] Key, CountdownTask Done);

    /// <summary>Records fetched.</summary>
    public long Fetched => Volatile.Read(ref turn);

    /// <summary>Fetches records, all of them at the same time; the task ends when they are near, or cannot be had.</summary>
    public Task Fetch(IReadOnlyList<(Keyset Keys, byte[] Key)> keys)
    {
        var done = new CountdownTask(keys.Count);
        foreach (var (set, key) in keys)
            requests.Add(new Request(set, key, done));
        return done.Task;
    }

    public void Dispose()
    {
        requests.CompleteAdding();
        foreach (var thread in threads)
            thread.Join();
        requests.Dispose();
    }

    private void Run()
    {
        var session = store.Lease();
        var nothing = new NoReader();
        foreach (var request in requests.GetConsumingEnumerable())
        {
            try
            {
                session.BeginBatch();
                try
                {
                    if (request.Keys.IsDead)
                        continue;
                    if (Interlocked.Increment(ref turn) % MovedPart == 0)
                        session.Promote(request.Keys, request.Key);
                    else
                        session.ReadUnreaped(request.Keys, request.Key, nothing);
                }
                finally
                {
                    session.EndBatch();
                }
            }
            catch (Exception error) when (error is DamagedPageException or ObjectDisposedException)
            {
                // The command that wants the record comes across it as well, and says so.
                if (session.IsBroken)
                    session = store.Lease();
            }
            finally
            {
                request.Done.Signal();
            }
        }

        store.Return(session);
    }

    private sealed class NoReader : RecordReader
    {
        public override bool IsUse => false;

        public override void Read(in Record record)
        {
        }
    }

    /// <summary>A task that ends with the last of so many signals.</summary>
    private sealed class CountdownTask(int count)
    {
        private readonly TaskCompletionSource source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int left = count;

        public Task Task => source.Task;

        public void Signal()
        {
            if (Interlocked.Decrement(ref left) == 0)
                source.SetResult();
        }
    }
}
