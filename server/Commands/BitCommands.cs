using System.Text;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>Commands on the bits of string values.</summary>
internal static class BitCommands
{
    private const CommandFlags Write = CommandFlags.Write | CommandFlags.DenyOom;
    private static readonly KeySpec Read = KeySpec.One(KeyUse.ReadOnly | KeyUse.Access);

    public static readonly Command[] All =
    [
        new("bitcount", -2, CommandFlags.ReadOnly, Read, Count)
        {
            Since = "2.6.0", Group = "bitmap", Complexity = "O(N), N being the bytes looked at.", Summary = "Counts the bits of a value that are 1.",
            Syntax = "key [start end [BYTE | BIT]]", History = [("7.0.0", "BYTE and BIT.")],
        },
        .. BitFieldCommands.All,
        new("bitop", -4, Write | CommandFlags.Alone, new KeySpec(2, -1, 1, KeyUse.ReadWrite), Combine)
        {
            KeySpecs = [KeySpec.At(2, KeyUse.Overwrite | KeyUse.Update), new KeySpec(3, -1, 1, KeyUse.ReadOnly | KeyUse.Access)],
            Since = "2.6.0", Group = "bitmap", Complexity = "O(N), N being the bytes of all sources.",
            Summary = "Combines values bit by bit and stores the result, over whatever the target holds.", Syntax = "<AND | OR | XOR | NOT> destination key [key ...]",
        },
        new("bitpos", -3, CommandFlags.ReadOnly, Read, Position)
        {
            Since = "2.8.7", Group = "bitmap", Complexity = "O(N), N being the bytes looked at.", Summary = "Finds the first bit of a value that is 1, or 0.",
            Syntax = "key bit [start [end [BYTE | BIT]]]", History = [("7.0.0", "BYTE and BIT.")],
        },
        new("getbit", 3, CommandFlags.ReadOnly | CommandFlags.Fast, Read, Get)
        {
            Since = "2.2.0", Group = "bitmap", Complexity = "O(1)", Summary = "Returns one bit of a value; 0 behind its end.", Syntax = "key offset",
        },
        new("setbit", 4, Write, KeySpec.One(KeyUse.ReadWrite | KeyUse.Access | KeyUse.Update), Set)
        {
            Since = "2.2.0", Group = "bitmap", Complexity = "O(1), not counting the zero bytes that the value grows by.",
            Summary = "Sets or clears one bit of a value and returns the one before; fills up with zero bytes.", Syntax = "key offset value",
        },
    ];

    // SETBIT key offset value
    private static void Set(CommandContext context)
    {
        if (!BitArguments.TryReadOffset(context, 2, out var offset))
            return;
        if (!context.Request.TryGetInt64(3, out var bit) || bit is not (0 or 1))
        {
            context.Error("ERR bit is not an integer or out of range");
            return;
        }

        var update = context.Reusable<SetBitUpdate>().For(offset, bit == 1);
        update.ValueBytesMax = context.Server.BulkBytesMax;
        context.Keyspace.Update(context.Request[1], update);
        if (update.HasWritten)
            context.TellWritten(KeyEvent.SetBit, context.Request[1]);
        if (update.IsWrongType)
            context.Error(ErrorReplies.WrongType);
        else
            context.Reply.Integer(update.OldBit ? 1 : 0);
    }

    // GETBIT key offset
    private static void Get(CommandContext context)
    {
        if (!BitArguments.TryReadOffset(context, 2, out var offset))
            return;
        var reader = context.Reusable<GetBitReader>().At(offset);
        if (BitArguments.TryLook(context, 1, reader, out var exists))
            context.Reply.Integer(exists && reader.Bit ? 1 : 0);
    }

    // BITCOUNT key [start end [BYTE | BIT]]
    private static void Count(CommandContext context)
    {
        if (BitArguments.ReadCountRange(context.Request, out var range) is { } error)
        {
            context.Error(error);
            return;
        }

        var reader = context.Reusable<BitCountReader>().In(range);
        if (BitArguments.TryLook(context, 1, reader, out var exists))
            context.Reply.Integer(exists ? reader.Count : 0);
    }

    // BITPOS key bit [start [end [BYTE | BIT]]]
    private static void Position(CommandContext context)
    {
        if (!context.Request.TryGetInt64(2, out var bit))
        {
            context.Error(ErrorReplies.NotAnInteger);
            return;
        }

        if (bit is not (0 or 1))
        {
            context.Error("ERR The bit argument must be 1 or 0.");
            return;
        }

        if (BitArguments.ReadPositionRange(context.Request, out var range) is { } error)
        {
            context.Error(error);
            return;
        }

        var reader = context.Reusable<BitPositionReader>().For(bit == 1, range, partHasEnd: context.Request.Length > 4);
        if (BitArguments.TryLook(context, 1, reader, out var exists))
            context.Reply.Integer(exists ? reader.Position : -bit);
    }

    // BITOP AND | OR | XOR destination key [key ...]; BITOP NOT destination key
    private static void Combine(CommandContext context)
    {
        if (!TryReadOperation(context, out var operation))
            return;
        var reader = context.Reusable<BitOpReader>().Begin(operation);
        if (TryLookAtAll(context, reader))
            Store(context, reader.Result);
        reader.Clear();
    }

    private static bool TryReadOperation(CommandContext context, out BitwiseOperation operation)
    {
        var word = context.Request[1];
        operation = BitwiseOperation.Not;
        if (Ascii.EqualsIgnoreCase(word, "AND"u8))
            operation = BitwiseOperation.And;
        else if (Ascii.EqualsIgnoreCase(word, "OR"u8))
            operation = BitwiseOperation.Or;
        else if (Ascii.EqualsIgnoreCase(word, "XOR"u8))
            operation = BitwiseOperation.Xor;
        else if (!Ascii.EqualsIgnoreCase(word, "NOT"u8))
            return Refuse(context, ErrorReplies.Syntax);
        if (operation == BitwiseOperation.Not && context.Request.Length != 4)
            return Refuse(context, "ERR BITOP NOT must be called with a single source key.");
        return true;
    }

    private static bool TryLookAtAll(CommandContext context, BitOpReader reader)
    {
        for (var i = 3; i < context.Request.Length; i++)
        {
            if (!BitArguments.TryLook(context, i, reader, out var exists))
                return false;
            if (!exists)
                reader.LookAtNothing();
        }

        return true;
    }

    // No batch runs beside this one, so the sources still are what they were.
    private static void Store(CommandContext context, ReadOnlyMemory<byte> result)
    {
        var target = context.Request[2];
        if (!result.IsEmpty)
        {
            context.Keyspace.Overwrite(target, context.Reusable<BitOpUpdate>().For(result));
            context.TellWritten(KeyEvent.Set, target);
        }
        else if (context.Keyspace.Delete(target, context.Reusable<DeleteUpdate>()))
        {
            context.Tell(KeyEvent.Delete, target);
        }

        context.Reply.Integer(result.Length);
    }

    private static bool Refuse(CommandContext context, string error)
    {
        context.Error(error);
        return false;
    }
}
