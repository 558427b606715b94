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
    private volatile bool hasEnded;

    /// <summary>Whether a running batch should stop at its next safe point and call <see cref="Pass.Yield"/>.</summary>
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
        private int isInside;

        public bool IsAlone => gate.owner == this;

        /// <summary>Begins a batch; waits while another one runs alone.</summary>
        /// <exception cref="ObjectDisposedException">The gate has been closed for good.</exception>
        public void Enter()
        {
            while (true)
            {
                // A full fence: either the owner sees this batch inside, or this batch sees the owner.
                Interlocked.Exchange(ref isInside, 1);
                if (!gate.IsClosed)
                    return;
                Volatile.Write(ref isInside, 0);
                ObjectDisposedException.ThrowIf(gate.hasEnded, gate);
                gate.WaitUntilOpen();
            }
        }

        /// <summary>Ends a batch, and its time alone.</summary>
        public void Leave()
        {
            if (IsAlone)
                Volatile.Write(ref gate.owner, null);
            Volatile.Write(ref isInside, 0);
        }

        /// <summary>Lets an owner that waits go first. The caller holds no epoch and nothing that it read from the store.</summary>
        public void Yield()
        {
            if (IsAlone)
                return;
            Leave();
            Enter();
        }

        /// <summary>Waits until no other batch runs. The caller is inside, and holds no epoch.</summary>
        public void BeAlone()
        {
            if (IsAlone)
                return;
            while (Interlocked.CompareExchange(ref gate.owner, this, null) != null)
                Yield();
            var spinner = default(SpinWait);
            while (!AreOthersOutside())
                spinner.SpinOnce(sleep1Threshold: 50);
        }

        /// <summary>Takes the gate if nobody has it, and tells whether no other batch runs.</summary>
        public bool TryBeAlone() =>
            (IsAlone || Interlocked.CompareExchange(ref gate.owner, this, null) == null) && AreOthersOutside();

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

    private void WaitUntilOpen()
    {
        var spinner = default(SpinWait);
        while (IsClosed && !hasEnded)
            spinner.SpinOnce(sleep1Threshold: 50);
    }
}
