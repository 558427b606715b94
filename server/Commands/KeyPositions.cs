using System.Text;
using RespKv.Protocol;

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

    /// <summary>What a call does to its keys, where its other arguments decide.</summary>
    /// <param name="command">The command called.</param>
    /// <param name="request">What holds the call.</param>
    /// <param name="start">The place of the command's name there.</param>
    public static KeyUse UseOf(Command command, RespRequest request, int start)
    {
        var use = command.Keys.Use;
        if (!use.HasFlag(KeyUse.VariableFlags))
            return use;
        // SET, and what is like it, reads only where GET asks for the value before.
        for (var i = start + 3; i < request.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(request[i], "GET"u8))
                return use & ~KeyUse.VariableFlags;
        }

        return (use & ~(KeyUse.VariableFlags | KeyUse.ReadWrite | KeyUse.Access)) | KeyUse.Overwrite;
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
        (KeyUse.VariableFlags, "variable_flags"),
    ];
}
