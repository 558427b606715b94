namespace RespKv.Server.Storage;

/// <summary>
/// Lets batches run side by side, or one of them alone. Passing it open costs a batch one store and one load of its own cache line.
/// A batch that wants to be alone closes it, waits until every other batch has left or waits here too, and keeps it to its end.
/// </summary>
internal sealed class ExclusiveGate
{
    private readonly Lock passesLock = new();
    private Pass[] passes = [];
    private Pass? owner;

    // Who has the gate next, so that one thread whose batches all want it does not keep it from another one's.
    private Pass? heir;

    // Batches that wait for it to open.
    private int waiting;
    private volatile bool hasEnded;

    /// <summary>
    /// Whether the one that runs alone takes so long that others do not wait for it: they are turned away, to do what needs no data. Set by the owner;
    /// over when it opens the gate.
    /// </summary>
    public volatile bool IsHeldLong;

    /// <summary>Whether a running batch should stop at its next safe point and call <see cref="Pass.TryYield"/>.</summary>
    public bool IsClosed => Volatile.Read(ref owner) != null;

    /// <summary>A place at the gate; one for each thing that runs batches.</summary>
    public Pass NewPass()
    {
        lock (passesLock)
        {
            var pass = new Pass(this);
            passes = [.. passes, pass];
            return pass;
        }
    }

    /// <summary>Closes the gate for good, once no batch runs; false when there was always one in the time allowed.</summary>
    public bool TryEnd(TimeSpan limit)
    {
        hasEnded = true;
        var end = NewPass();
        var since = System.Diagnostics.Stopwatch.StartNew();
        var spinner = default(SpinWait);
        while (!end.TryBeAlone())
        {
            if (since.Elapsed > limit)
                return false;
            spinner.SpinOnce(sleep1Threshold: 50);
        }

        return true;
    }

    /// <summary>One runner's place at the gate. One thread at a time.</summary>
    internal sealed class Pass(ExclusiveGate gate)
    {
        // Whose turn is next is awaited by everyone: it is to be awake when it comes.
        private const int TurnSpins = 200;

        private int isInside;

        public bool IsAlone => Volatile.Read(ref gate.owner) == this;

        /// <summary>Begins a batch; waits while another one runs alone.</summary>
        /// <exception cref="ObjectDisposedException">The gate has been closed for good.</exception>
        public void Enter() => TryEnter(waitsLong: true);

        /// <summary>Begins a batch; false when another one runs alone and takes long, unless the caller waits for that too.</summary>
        /// <exception cref="ObjectDisposedException">The gate has been closed for good.</exception>
        public bool TryEnter(bool waitsLong)
        {
            while (true)
            {
                // A full fence: either the owner sees this batch inside, or this batch sees the owner.
                Interlocked.Exchange(ref isInside, 1);
                if (!gate.IsClosed)
                    return true;
                Volatile.Write(ref isInside, 0);
                ObjectDisposedException.ThrowIf(gate.hasEnded, gate);
                if (gate.IsHeldLong && !waitsLong)
                    return false;
                gate.WaitUntilOpen(waitsLong);
            }
        }

        /// <summary>Ends a batch, and its time alone.</summary>
        public void Leave()
        {
            if (IsAlone)
            {
                gate.IsHeldLong = false;
                // Those who do not want to be alone are many at a time, and would never be let in if it went from hand to hand.
                Volatile.Write(ref gate.owner, Volatile.Read(ref gate.waiting) == 0 ? Interlocked.Exchange(ref gate.heir, null) : null);
            }

            Volatile.Write(ref isInside, 0);
        }

        /// <summary>
        /// Lets an owner that waits go first; false when it takes long, and then the batch is outside. The caller holds no epoch and nothing that it read
        /// from the store.
        /// </summary>
        public bool TryYield()
        {
            if (IsAlone)
                return true;
            Leave();
            return TryEnter(waitsLong: false);
        }

        /// <summary>Waits until no other batch runs; false when one takes long, and then this one is outside. The caller is inside, and holds no epoch.</summary>
        public bool TryWaitAlone()
        {
            if (IsAlone)
                return true;
            if (!TryOwn() && !TryAwaitTurn())
                return false;
            var spinner = default(SpinWait);
            while (!AreOthersOutside())
                spinner.SpinOnce(sleep1Threshold: 50);
            return true;
        }

        /// <summary>Waits until no other batch runs. The caller is inside, and holds no epoch.</summary>
        public void BeAlone()
        {
            while (!TryWaitAlone())
                Enter();
        }

        /// <summary>Makes another one's time alone its own. The other one does nothing more with the store, and leaves.</summary>
        public void TakeOver(Pass other)
        {
            Volatile.Write(ref isInside, 1);
            Interlocked.CompareExchange(ref gate.owner, this, other);
        }

        /// <summary>Takes the gate if nobody has it, and tells whether no other batch runs.</summary>
        public bool TryBeAlone() => (IsAlone || TryOwn()) && AreOthersOutside();

        private bool TryOwn() => Interlocked.CompareExchange(ref gate.owner, this, null) == null;

        // False when another one takes long. Outside while it waits.
        private bool TryAwaitTurn()
        {
            Volatile.Write(ref isInside, 0);
            var isHeir = false;
            var spinner = default(SpinWait);
            while (!IsAlone)
            {
                isHeir = isHeir || Interlocked.CompareExchange(ref gate.heir, this, null) == null;
                // The owner may have left before it could see its heir, or to let others in.
                if (TryOwn())
                    break;
                if (gate.hasEnded || gate.IsHeldLong)
                {
                    // Not if it has just been handed over.
                    if (isHeir && Interlocked.CompareExchange(ref gate.heir, null, this) != this)
                        continue;
                    ObjectDisposedException.ThrowIf(gate.hasEnded, gate);
                    return false;
                }

                spinner.SpinOnce(TurnSpins);
            }

            if (isHeir)
                Interlocked.CompareExchange(ref gate.heir, null, this);
            Interlocked.Exchange(ref isInside, 1);
            return true;
        }

        private bool AreOthersOutside()
        {
            foreach (var pass in Volatile.Read(ref gate.passes))
            {
                if (pass != this && Volatile.Read(ref pass.isInside) != 0)
                    return false;
            }

            return true;
        }
    }

    private void WaitUntilOpen(bool waitsLong)
    {
        var spinner = default(SpinWait);
        Interlocked.Increment(ref waiting);
        while (IsClosed && !hasEnded && (waitsLong || !IsHeldLong))
            spinner.SpinOnce(sleep1Threshold: 50);
        Interlocked.Decrement(ref waiting);
    }
}
