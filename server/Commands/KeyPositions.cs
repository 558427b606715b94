namespace RespKv.Server.Commands;

/// <summary>Which arguments of a call are keys.</summary>
internal static class KeyPositions
{
    /// <summary>The positions of the keys.</summary>
    /// <param name="command">The command called.</param>
    /// <param name="length">Arguments of the call, the name among them.</param>
    public static IEnumerable<int> Of(Command command, int length)
    {
        var keys = command.Keys;
        if (!keys.HasKeys)
            yield break;
        var last = keys.Last < 0 ? length + keys.Last : keys.Last;
        for (var i = keys.First; i <= last && i < length; i += keys.Step)
            yield return i;
    }

    /// <summary>What the command does to its keys, as COMMAND GETKEYSANDFLAGS names it.</summary>
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
        (KeyUse.VariableFlags, "variable_flags"),
    ];
}
