using System.Globalization;

namespace RespKv.Crash;

/// <summary>One command on the one key of a history: when it was sent, when its reply came, and what that was.</summary>
/// <param name="Invoked">Timestamp when it was sent.</param>
/// <param name="Returned">Timestamp when its reply had come.</param>
/// <param name="Command">Its name; of a command on the one field of a hash, that of its kin for strings.</param>
/// <param name="Argument">The value; null where there is none.</param>
/// <param name="Reply">The reply as text; null for null.</param>
internal sealed record HistoryEvent(long Invoked, long Returned, string Command, string? Argument, string? Reply);

/// <summary>
/// Whether there is an order of a history's commands, one after the other, that gives each its reply, and in which no command comes after one that was sent only when it had been answered
/// (the search of Wing and Gong, with the dead ends remembered). For a key that was not there at first; up to 64 commands.
/// </summary>
internal static class Linearizability
{
    public static bool Holds(IReadOnlyList<HistoryEvent> history)
    {
        if (history.Count > 64)
            throw new ArgumentException("more than 64 commands", nameof(history));
        return Search(history, 0, null, []);
    }

    private static bool Search(IReadOnlyList<HistoryEvent> history, ulong done, string? value, HashSet<(ulong Done, string? Value)> deadEnds)
    {
        var left = Enumerable.Range(0, history.Count).Where(i => (done >> i & 1) == 0).ToList();
        if (left.Count == 0)
            return true;
        if (!deadEnds.Add((done, value)))
            return false;
        var firstReturn = left.Min(i => history[i].Returned);
        return left.Where(i => history[i].Invoked < firstReturn).Any(i =>
        {
            var (reply, after) = Step(history[i], value);
            return reply == history[i].Reply && Search(history, done | (1UL << i), after, deadEnds);
        });
    }

    private static (string? Reply, string? After) Step(HistoryEvent command, string? value) => command.Command switch
    {
        "GET" => (value, value),
        "EXISTS" => (value == null ? "0" : "1", value),
        "SET" => ("OK", command.Argument),
        "HSET" => (value == null ? "1" : "0", command.Argument),
        "GETSET" or "SET GET" => (value, command.Argument),
        "SETNX" => value == null ? ("1", command.Argument) : ("0", value),
        "DEL" => (value == null ? "0" : "1", null),
        "GETDEL" => (value, null),
        "APPEND" => ((value?.Length ?? 0) + command.Argument!.Length) is var length ? (length.ToString(CultureInfo.InvariantCulture), value + command.Argument) : default,
        "INCR" => Increment(value),
        _ => throw new ArgumentException("unknown command " + command.Command, nameof(command)),
    };

    private static (string? Reply, string? After) Increment(string? value)
    {
        if (!long.TryParse(value ?? "0", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || number.ToString(CultureInfo.InvariantCulture) != (value ?? "0"))
            return ("ERR value is not an integer or out of range", value);
        if (number == long.MaxValue)
            return ("ERR increment or decrement would overflow", value);
        var next = (number + 1).ToString(CultureInfo.InvariantCulture);
        return (next, next);
    }
}
