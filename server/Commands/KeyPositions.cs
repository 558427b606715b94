using System.Text;
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
        var length = request.Length - start;
        foreach (var keys in command.KeySpecs.Where(keys => keys.HasKeys))
        {
            var use = UseOf(command, keys.Use, request, start);
            if (keys.CountAt > 0)
            {
                for (var i = 0L; i < CountOf(request, start + keys.CountAt); i++)
                    yield return (start + keys.CountAt + 1 + (int)i, use);
                continue;
            }

            var last = keys.Last < 0 ? length + keys.Last : keys.Last;
            for (var i = keys.First; i <= last && i < length; i += keys.Step)
                yield return (start + i, use);
        }
    }

    // No more than there are arguments.
    private static long CountOf(RespRequest request, int at) =>
        at < request.Length && request.TryGetInt64(at, out var count) && count <= request.Length - at - 1 ? count : 0;

    // What the arguments of this very call make of it.
    private static KeyUse UseOf(Command command, KeyUse use, RespRequest request, int start)
    {
        if (!use.HasFlag(KeyUse.VariableFlags))
            return use;
        return command.Name == "bitfield" ? UseOfBitField(request, start) : UseOfSet(use & ~KeyUse.VariableFlags, request, start);
    }

    // SET reads only where GET asks for the value before.
    private static KeyUse UseOfSet(KeyUse use, RespRequest request, int start) =>
        HasWord(request, start + 3, "GET"u8) ? use : (use & ~(KeyUse.ReadWrite | KeyUse.Access)) | KeyUse.Overwrite;

    // BITFIELD writes only where an operation does.
    private static KeyUse UseOfBitField(RespRequest request, int start) =>
        HasWord(request, start + 2, "SET"u8) || HasWord(request, start + 2, "INCRBY"u8)
            ? KeyUse.ReadWrite | KeyUse.Access | KeyUse.Update
            : KeyUse.ReadOnly | KeyUse.Access;

    private static bool HasWord(RespRequest request, int from, ReadOnlySpan<byte> word)
    {
        for (var i = from; i < request.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(request[i], word))
                return true;
        }

        return false;
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
        (KeyUse.VariableFlags, "variable_flags"),
    ];
}
