using System.Collections.Concurrent;

namespace RespKv.Server.Storage;

/// <summary>Notes which fields of a large hash are written or deleted while somebody takes all of them in slices (<see cref="Keyset.Watch"/>).</summary>
internal sealed class NotedFields
{
    // What has to be looked at again is looked at by one who is alone.
    private const int NamesMax = 20_000;

    private readonly ConcurrentQueue<byte[]> names = new();
    private int count;

    /// <summary>The names, some of them more than once.</summary>
    public IEnumerable<byte[]> Names => names;

    /// <summary>Whether there are more changes than are noted.</summary>
    public bool AreTooMany => Volatile.Read(ref count) > NamesMax;

    public void Add(ReadOnlySpan<byte> name)
    {
        if (Interlocked.Increment(ref count) <= NamesMax)
            names.Enqueue(name.ToArray());
    }
}
