using System.Text;
using RespKv.Protocol;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>BITFIELD and BITFIELD_RO: integers of any width at any place of a string.</summary>
internal static class BitFieldCommands
{
    private const string BadType = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.";

    // A list that became longer than this is not kept for the next call.
    private const int OperationsKept = 1024;

    private static readonly KeySpec Both = KeySpec.One(KeyUse.ReadWrite | KeyUse.Access | KeyUse.Update | KeyUse.VariableFlags) with
    {
        Note = "This command allows both access and modification of the key",
    };

    public static readonly Command[] All =
    [
        new("bitfield", -2, CommandFlags.Write | CommandFlags.DenyOom, Both, context => Run(context, isReadOnly: false))
        {
            Since = "3.2.0", Group = "bitmap", Complexity = "O(1) for each operation.", Summary = "Runs a row of operations that read, write and increment integers of any width at any place of a value.",
            Syntax = "key [GET encoding offset | SET encoding offset value | INCRBY encoding offset increment | OVERFLOW <WRAP | SAT | FAIL>]",
        },
        new("bitfield_ro", -2, CommandFlags.ReadOnly | CommandFlags.Fast, KeySpec.One(KeyUse.ReadOnly | KeyUse.Access), context => Run(context, isReadOnly: true))
        {
            Since = "6.0.0", Group = "bitmap", Complexity = "O(1) for each operation.", Summary = "Reads integers of any width at any place of a value; BITFIELD with GET alone.",
            Syntax = "key [GET encoding offset [GET encoding offset ...]]",
        },
    ];

    // BITFIELD key [GET type offset | [OVERFLOW WRAP | SAT | FAIL] SET type offset value | INCRBY type offset increment] ...
    private static void Run(CommandContext context, bool isReadOnly)
    {
        var operations = context.Reusable<List<BitFieldOperation>>();
        operations.Clear();
        if (TryParse(context, operations))
        {
            if (!operations.Exists(operation => operation.IsWrite))
                Look(context, operations);
            else if (isReadOnly)
                context.Error("ERR BITFIELD_RO only supports the GET subcommand");
            else
                Change(context, operations);
        }

        Trim(operations);
    }

    private static void Look(CommandContext context, List<BitFieldOperation> operations)
    {
        var reader = context.Reusable<BitFieldReader>().For(operations);
        if (!BitArguments.TryLook(context, 1, reader, out var exists))
            return;
        if (!exists)
            reader.LookAtNothing();
        Reply(context, reader.Results);
    }

    private static void Change(CommandContext context, List<BitFieldOperation> operations)
    {
        var update = context.Reusable<BitFieldUpdate>().For(operations);
        update.ValueBytesMax = context.Server.BulkBytesMax;
        context.Keyspace.Update(context.Request[1], update);
        if (update.IsWrongType)
            context.Error(ErrorReplies.WrongType);
        else if (update.IsTooLong)
            context.Error(ErrorReplies.StringTooLong);
        else
            ReplyChanged(context, update);
    }

    private static void ReplyChanged(CommandContext context, BitFieldUpdate update)
    {
        if (update.HasWritten && update.HasChangedFields)
            context.TellWritten(KeyEvent.SetBit, context.Request[1]);
        else if (update.HasWritten && context.Keyspace.Session.HasCreated)
            context.Tell(KeyEvent.New, context.Request[1]);
        Reply(context, update.Results);
    }

    private static void Reply(CommandContext context, List<long?> results)
    {
        context.Reply.Array(results.Count);
        foreach (var result in results)
        {
            if (result is { } number)
                context.Reply.Integer(number);
            else
                context.Reply.Null();
        }

        Trim(results);
    }

    private static void Trim<T>(List<T> list)
    {
        list.Clear();
        if (list.Capacity > OperationsKept)
            list.Capacity = 0;
    }

    private static bool TryParse(CommandContext context, List<BitFieldOperation> operations)
    {
        var request = context.Request;
        var overflow = BitOverflow.Wrap;
        for (var i = 2; i < request.Length;)
        {
            if (Ascii.EqualsIgnoreCase(request[i], "OVERFLOW"u8) && i + 1 < request.Length)
            {
                if (!TryParseOverflow(context, request[i + 1], out overflow))
                    return false;
                i += 2;
                continue;
            }

            if (!TryParseAction(request[i], out var action) || i + (action == BitFieldAction.Get ? 2 : 3) >= request.Length)
                return Refuse(context, ErrorReplies.Syntax);
            if (!TryParseField(context, i + 1, out var field))
                return false;
            var operand = 0L;
            if (action != BitFieldAction.Get && !request.TryGetInt64(i + 3, out operand))
                return Refuse(context, ErrorReplies.NotAnInteger);
            operations.Add(new BitFieldOperation(action, field, operand, overflow));
            i += action == BitFieldAction.Get ? 3 : 4;
        }

        return true;
    }

    private static bool TryParseAction(ReadOnlySpan<byte> word, out BitFieldAction action)
    {
        action = BitFieldAction.Get;
        if (Ascii.EqualsIgnoreCase(word, "GET"u8))
            return true;
        action = BitFieldAction.Set;
        if (Ascii.EqualsIgnoreCase(word, "SET"u8))
            return true;
        action = BitFieldAction.Increment;
        return Ascii.EqualsIgnoreCase(word, "INCRBY"u8);
    }

    private static bool TryParseOverflow(CommandContext context, ReadOnlySpan<byte> word, out BitOverflow overflow)
    {
        overflow = BitOverflow.Wrap;
        if (Ascii.EqualsIgnoreCase(word, "WRAP"u8))
            return true;
        overflow = BitOverflow.Saturate;
        if (Ascii.EqualsIgnoreCase(word, "SAT"u8))
            return true;
        overflow = BitOverflow.Fail;
        return Ascii.EqualsIgnoreCase(word, "FAIL"u8) || Refuse(context, "ERR Invalid OVERFLOW type specified");
    }

    // The type, such as i16 or u8, and the offset behind it.
    private static bool TryParseField(CommandContext context, int at, out BitField field)
    {
        field = default;
        var type = context.Request[at];
        var isSigned = type is [(byte)'i', ..];
        if (!isSigned && type is not [(byte)'u', ..])
            return Refuse(context, BadType);
        if (!RespRequest.TryParseInt64(type[1..], out var bits) || bits < 1 || bits > (isSigned ? 64 : 63))
            return Refuse(context, BadType);
        if (!BitArguments.TryReadFieldOffset(context, at + 1, (int)bits, out var offset))
            return false;
        field = new BitField(offset, (int)bits, isSigned);
        return true;
    }

    private static bool Refuse(CommandContext context, string error)
    {
        context.Error(error);
        return false;
    }
}
