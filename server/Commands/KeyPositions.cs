using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>Which arguments of a call are keys.</summary>
internal static class KeyPositions
{
    /// <summary>The positions of the keys, and what the call does to each.</summary>
    /// <param name="command">The command called.</param>
    /// <param name="request">What holds the call.</param>
    /// <param name="start">The place of the command's name there.</param>
    public static IEnumerable<(int Position, KeyUse Use)> Of(Command command, RespRequest request, int start)
    {
        var keys = new KeyEnumerator(command, request, start);
        while (keys.MoveNext())
            yield return (keys.Position, keys.Use);
    }

    /// <summary>What a command does to its keys, as COMMAND GETKEYSANDFLAGS names it.</summary>
    public static IReadOnlyList<string> FlagNames(KeyUse use) =>
        [.. Flags.Where(flag => (use & flag.Use) != 0).Select(flag => flag.Name)];

    private static readonly (KeyUse Use, string Name)[] Flags =
    [
        (KeyUse.ReadOnly, "RO"),
        (KeyUse.ReadWrite, "RW"),
        (KeyUse.Overwrite, "OW"),
        (KeyUse.Remove, "RM"),
        (KeyUse.Access, "access"),
        (KeyUse.Update, "update"),
        (KeyUse.Insert, "insert"),
        (KeyUse.Delete, "delete"),
        (KeyUse.NotKey, "not_key"),
        (KeyUse.Incomplete, "incomplete"),
        (KeyUse.VariableFlags, "variable_flags"),
    ];
}
