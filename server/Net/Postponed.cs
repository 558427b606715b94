using System.Diagnostics;

namespace RespKv.Server.Net;

/// <summary>
/// What one of the <see cref="SocketThreads"/> has put off until it has served all events that the system told of at once. Added to by that thread alone; taken by it, or by another one where it is held up.
/// </summary>
internal sealed class Postponed
{
    private static readonly long HeldUpTicks = Stopwatch.Frequency / 1000;

    private readonly Lock door = new();
    private Action[] actions;
    private volatile int count;
    private long since;

    /// <param name="max">How many there is room for.</param>
    public Postponed(int max) => actions = new Action[max];

    /// <summary>Whether what was put off first has waited for so long that its thread must be held up.</summary>
    public bool IsHeldUp => count > 0 && Stopwatch.GetTimestamp() - Volatile.Read(ref since) > HeldUpTicks;

    /// <summary>Puts one off; false when there is no room.</summary>
    public bool TryAdd(Action action)
    {
        lock (door)
        {
            if (count == actions.Length)
                return false;
            if (count == 0)
                Volatile.Write(ref since, Stopwatch.GetTimestamp());
            actions[count++] = action;
            return true;
        }
    }

    /// <summary>Takes all; how many there are.</summary>
    /// <param name="into">Where they are then; an array of as much room is given, and kept here.</param>
    public int Take(ref Action[] into)
    {
        if (count == 0)
            return 0;
        lock (door)
        {
            var taken = count;
            (actions, into) = (into, actions);
            count = 0;
            return taken;
        }
    }
}
