using System.Text;
using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>Goes through the keys of a call without allocating.</summary>
/// <param name="command">The command called.</param>
/// <param name="request">What holds the call.</param>
/// <param name="start">The place of the command's name there.</param>
internal struct KeyEnumerator(Command command, RespRequest request, int start)
{
    private int spec = -1;
    private int next;
    private int last = -1;
    private int step;

    /// <summary>The place of the present key.</summary>
    public int Position { get; private set; }

    /// <summary>What the call does to it.</summary>
    public KeyUse Use { get; private set; }

    public bool MoveNext()
    {
        while (next > last || spec < 0)
        {
            if (++spec >= command.KeySpecs.Length)
                return false;
            if (command.KeySpecs[spec].HasKeys)
                Begin(command.KeySpecs[spec]);
        }

        Position = next;
        next += step;
        return true;
    }

    private void Begin(KeySpec keys)
    {
        Use = UseOf(keys.Use & ~KeyUse.Incomplete);
        if (keys.Word != null)
        {
            BeginByWord(keys);
            return;
        }

        if (keys.CountAt > 0)
        {
            (next, step) = (start + keys.CountAt + 1, 1);
            last = start + keys.CountAt + CountAt(start + keys.CountAt);
            return;
        }

        var end = keys.Last < 0 ? request.Length + keys.Last : start + keys.Last;
        (next, step, last) = (start + keys.First, keys.Step, Math.Min(end, request.Length - 1));
    }

    // Where the word and the key both are, the call is wrong and is about no keys.
    private void BeginByWord(KeySpec keys)
    {
        var at = MigrateOptions.FindKeysWord(request, start);
        (next, last, step) = (0, -1, 1);
        if (keys.First > 0 && at < 0 && start + keys.First < request.Length)
            next = last = start + keys.First;
        else if (keys.First == 0 && at >= 0 && request[start + MigrateOptions.KeyArgument].IsEmpty)
            (next, last) = (at + 1, request.Length - 1);
    }

    // No more than there are arguments.
    private readonly int CountAt(int at) => at < request.Length && request.TryGetInt64(at, out var count) && count > 0 && count <= request.Length - at - 1 ? (int)count : 0;

    // What the arguments of this very call make of it.
    private readonly KeyUse UseOf(KeyUse use)
    {
        if (!use.HasFlag(KeyUse.VariableFlags))
            return use;
        return command.Name == "bitfield" ? UseOfBitField() : UseOfSet(use & ~KeyUse.VariableFlags);
    }

    // SET reads only where GET asks for the value before.
    private readonly KeyUse UseOfSet(KeyUse use)
    {
        for (var i = start + 3; i < request.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(request[i], "GET"u8))
                return use;
        }

        return (use & ~(KeyUse.ReadWrite | KeyUse.Access)) | KeyUse.Overwrite;
    }

    // BITFIELD only reads where each operation does; what cannot be read counts as writing.
    private readonly KeyUse UseOfBitField()
    {
        for (var i = start + 2; i < request.Length; i++)
        {
            var behind = request.Length - i - 1;
            if (Ascii.EqualsIgnoreCase(request[i], "GET"u8) && behind >= 2)
                i += 2;
            else if (Ascii.EqualsIgnoreCase(request[i], "OVERFLOW"u8) && behind >= 1)
                i++;
            else
                return KeyUse.ReadWrite | KeyUse.Access | KeyUse.Update;
        }

        return KeyUse.ReadOnly | KeyUse.Access;
    }
}
