using System.Collections.Concurrent;
using RespKv.Server.Storage.Durability;
using RespKv.Server.Storage.Faster;

namespace RespKv.Server.Kv;

/// <summary>Told of a key that was written or deleted; its bytes are valid in the call only.</summary>
internal delegate void KeyChanged(ReadOnlySpan<byte> key);

/// <summary>
/// Runs work on the data for those who are no RESP connection: each piece in a batch of its own, on the caller's thread, which may be held up for a moment and so is
/// never one that looks after sockets. What is done here is done when the task ends, so that a reply may be sent.
/// </summary>
internal sealed class KeyspaceBatches(FasterStore store, Namespaces namespaces)
{
    private const int MemoryPollMs = 5;
    private static readonly TimeSpan LogPollInterval = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentBag<Keyspace> idle = [];

    public Namespaces Namespaces { get; } = namespaces;

    /// <summary>The clock, Unix ms.</summary>
    public long NowMs => store.Clock.NowMs;

    /// <summary>Whether writes are refused because memory is short and nothing may be evicted.</summary>
    public bool IsOutOfMemory => store.RefusesWrites;

    /// <summary>Why writes are refused because they could not be kept; null when they are not.</summary>
    public Func<string?> WriteRefusal { get; init; } = () => null;

    /// <summary>Whether the data are still being loaded, so that there is nothing to be run here.</summary>
    public Func<bool> IsLoading { get; init; } = () => false;

    /// <summary>Whether there is an index of keys, so that they can be listed.</summary>
    public bool ListsKeys => store.Settings.ListsKeys;

    /// <summary>Whether a change of namespaces can be kept. To be asked in a batch that is alone.</summary>
    public bool HasRoomForNames => store.Log.RoomFault(WriteLog.NamesRoomBytes) == null;

    /// <summary>Told of changes, within the batch that makes them.</summary>
    public KeyChanged? Changed { get; init; }

    /// <summary>Told that all keys of a namespace may have changed, within the batch that does it.</summary>
    public Action? AllChanged { get; init; }

    /// <summary>Whether a client is in a namespace.</summary>
    public Predicate<Namespace> IsInUse { get; init; } = _ => false;

    /// <summary>What work has to wait for before it may run (CLIENT PAUSE); null when it may. Is asked with whether it writes.</summary>
    public Func<bool, Task?> WaitFor { get; init; } = _ => null;

    /// <summary>Begins to take in a value.</summary>
    /// <param name="lengthMax">Most bytes that will come.</param>
    /// <param name="isLength">Whether so many will.</param>
    public IncomingValue BeginValue(int lengthMax, bool isLength) => new(store, lengthMax, isLength);

    /// <summary>Runs work that reads. It is in no namespace until it chooses one, and waits for nothing.</summary>
    /// <exception cref="IOException">What it read is not in the log yet, and the log cannot be written.</exception>
    public async ValueTask<T> ReadAsync<T>(Func<Keyspace, T> work)
    {
        while (WaitFor(false) is { } over)
            await over.ConfigureAwait(false);
        return await RunAsync(work).ConfigureAwait(false);
    }

    /// <summary>Runs work that may write; ends when what it wrote is as safe as a reply says.</summary>
    /// <exception cref="IOException">That could not be reached.</exception>
    public async ValueTask<T> WriteAsync<T>(Func<Keyspace, T> work)
    {
        while (WaitFor(true) is { } over)
            await over.ConfigureAwait(false);
        store.Cleaner.Help();
        while (store.Memory.IsBehind)
            await Task.Delay(MemoryPollMs).ConfigureAwait(false);
        return await RunAsync(work).ConfigureAwait(false);
    }

    // Nothing is told that could be lost again: what the reply depends on has to be in the log first, as for any client.
    private async ValueTask<T> RunAsync<T>(Func<Keyspace, T> work)
    {
        var result = Run(work, out var need);
        if (!store.Log.TryWrite(need))
            await WaitForLogAsync(need).ConfigureAwait(false);
        return result;
    }

    // The log goes on when it can, maybe much later. Whoever asked is not kept until then, only told that it is not known what will become of it.
    private async Task WaitForLogAsync(ulong need)
    {
        var written = store.Log.WaitAsync(new LogWaiter(), need).AsTask();
        while (true)
        {
            try
            {
                await written.WaitAsync(LogPollInterval).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException)
            {
                if (store.Log.Failure is { } failure)
                    throw new IOException(failure);
            }
        }
    }

    // The only place where a batch begins and ends; nothing is awaited between.
    private T Run<T>(Func<Keyspace, T> work, out ulong acknowledgePosition)
    {
        acknowledgePosition = 0;
        if (!idle.TryTake(out var keyspace))
            keyspace = new Keyspace(store.Lease(), Namespaces);
        try
        {
            keyspace.Session.BeginBatch();
            try
            {
                return work(keyspace);
            }
            finally
            {
                keyspace.Session.EndBatch();
                acknowledgePosition = keyspace.Session.AcknowledgePosition;
            }
        }
        finally
        {
            keyspace.Namespace = Namespaces.Default;
            if (!keyspace.Session.IsBroken)
                idle.Add(keyspace);
        }
    }
}
