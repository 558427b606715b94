namespace RespKv.Server.Http;

/// <summary>
/// Bounds what all requests together hold in memory of bodies and answers that cannot be passed on as they come. Who would go beyond the bound waits for others to end, and is refused
/// when that takes long; the one that has held longest never waits, so that there is always one that ends. Thread-safe.
/// </summary>
/// <param name="bytesMax">The bound, read again each time.</param>
internal sealed class GatheredMemory(Func<long> bytesMax)
{
    // What each request may hold without being counted: about what a connection has for its buffers.
    private const int FreeBytes = 64 * 1024;

    // What is asked for at a time, so that not every piece that comes is a look here.
    private const int StepBytes = 256 * 1024;

    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(30);

    private readonly Lock door = new();
    private readonly LinkedList<Share> shares = new();
    private long held;

    /// <summary>Bytes that are held.</summary>
    public long HeldBytes
    {
        get
        {
            lock (door)
                return held;
        }
    }

    /// <summary>A share for one request, which holds nothing yet; disposing of it gives back what it holds.</summary>
    public Share Begin() => new(this);

    private Task? Ask(Share share, long bytes)
    {
        lock (door)
        {
            if (!share.Place.IsListed)
                shares.AddLast(share.Place.Node);
            share.Place.IsListed = true;
            share.Place.Wanted = bytes;
            if (TryGrant(share))
                return null;
            share.Place.Waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return share.Place.Waiting.Task;
        }
    }

    private void Release(Share share)
    {
        lock (door)
        {
            held -= share.Place.Held;
            share.Place.Held = 0;
            share.Place.Waiting = null;
            if (share.Place.IsListed)
                shares.Remove(share.Place.Node);
            share.Place.IsListed = false;
            foreach (var other in shares)
            {
                if (other.Place.Waiting is { } waiting && TryGrant(other))
                {
                    other.Place.Waiting = null;
                    waiting.SetResult();
                }
            }
        }
    }

    private bool TryGrant(Share share)
    {
        var more = share.Place.Wanted - share.Place.Held;
        if (held + more > bytesMax() && shares.First!.Value != share)
            return false;
        held += more;
        share.Place.Held += more;
        return true;
    }

    /// <summary>What one request holds; used by one thread at a time.</summary>
    internal sealed class Share : IDisposable
    {
        private readonly GatheredMemory memory;

        public Share(GatheredMemory memory)
        {
            this.memory = memory;
            Place = new Place(this);
        }

        // Used under the lock of the memory.
        internal Place Place { get; }

        /// <summary>Waits until so many bytes may be held in all.</summary>
        /// <exception cref="HttpFault">Others hold too much, and go on doing so.</exception>
        public ValueTask HoldAsync(long bytes, CancellationToken cancellation) => bytes <= FreeBytes || bytes <= Place.Held ? default : new ValueTask(AskAsync(bytes, cancellation));

        public void Dispose()
        {
            if (Place.IsListed)
                memory.Release(this);
        }

        private async Task AskAsync(long bytes, CancellationToken cancellation)
        {
            if (memory.Ask(this, (bytes + StepBytes - 1) / StepBytes * StepBytes) is not { } granted)
                return;
            try
            {
                await granted.WaitAsync(WaitLimit, cancellation).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw HttpFault.Busy();
            }
        }
    }

    /// <summary>A share's place among the others.</summary>
    internal sealed class Place(Share share)
    {
        public LinkedListNode<Share> Node { get; } = new(share);

        public bool IsListed { get; set; }

        public long Held { get; set; }

        public long Wanted { get; set; }

        public TaskCompletionSource? Waiting { get; set; }
    }
}
