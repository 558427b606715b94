using System.Globalization;

namespace RespKv.Differ;

/// <summary>
/// Takes out of a command what would make a run slow, or its replies depend on the speed of the machine: values of hundreds of
/// megabytes, and keys that end while it lasts. A number that is too large gets a sign; all others stay.
/// </summary>
internal static class HarmlessForm
{
    private const long OffsetMax = 100_000;
    private const long OffsetRefused = 4_294_967_296;
    private const long LifetimeMin = 10_000;
    private const long LifetimeMinMs = 10_000_000;

    public static string[] Of(string[] command)
    {
        // What a script calls is a command of its own, behind the script and its count of keys.
        var call = command[0].StartsWith("EVAL", StringComparison.OrdinalIgnoreCase) && command.Length > 3 ? command[3..] : null;
        if (call is not null)
            return [.. command[..3], .. IsSync(call[0]) ? ["PING"] : Of(call)];
        // A filter that others pass would end the comparing side's own connections.
        if (command.Length > 3 && command[0].Equals("CLIENT", StringComparison.OrdinalIgnoreCase) && command[1].Equals("KILL", StringComparison.OrdinalIgnoreCase))
            return [.. command, "ID", "999999999"];
        if (command.Length > 2 && command[0].Equals("COMMAND", StringComparison.OrdinalIgnoreCase) && IsSync(command[2]))
            return [.. command[..2], "PING", .. command[3..]];
        return command[0].ToUpperInvariant() switch
        {
            "SETRANGE" or "SETBIT" or "BITFIELD" => Each(command, 2, word => IsBetween(word.TrimStart('#'), OffsetMax, OffsetRefused)),
            "EXPIRE" or "SETEX" => Each(command, 2, word => IsBetween(word, 1, LifetimeMin)),
            "PEXPIRE" or "PSETEX" or "RESTORE" => Each(command, 2, word => IsBetween(word, 1, LifetimeMinMs)),
            "SET" or "GETEX" => Each(command, command[0].Length > 3 ? 2 : 3, word => IsBetween(word, 1, LifetimeMinMs) && !IsBetween(word, LifetimeMin, 1_000_001)),
            _ => command,
        };
    }

    // Replication, which RespKv has none of.
    private static bool IsSync(string word) => word.Equals("SYNC", StringComparison.OrdinalIgnoreCase);

    private static string[] Each(string[] command, int from, Func<string, bool> isHarmful) =>
        [.. command.Select((word, at) => at >= from && isHarmful(word) ? "-" + word : word)];

    private static bool IsBetween(string word, long from, long below) =>
        long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= from && value < below && word == Words.Text(value);
}
