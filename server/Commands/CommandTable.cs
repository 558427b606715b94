using System.Buffers.Binary;
using System.Text;

namespace RespKv.Server.Commands;

/// <summary>All commands, one line per family, found by name in any case.</summary>
internal sealed class CommandTable
{
    private const int Slots = 2048;
    private readonly Command?[] slots = new Command?[Slots];

    public CommandTable()
    {
        Command[] all =
        [
            .. StringCommands.All,
            .. HashCommands.All,
            .. HashListCommands.All,
            .. HashExpiryCommands.All,
            .. BitCommands.All,
            .. KeyCommands.All,
            .. DumpCommands.All,
            .. MigrateCommand.All,
            .. ExpiryCommands.All,
            .. ScanCommands.All,
            .. DatabaseCommands.All,
            .. KvCommands.All,
            .. NamespaceCommands.All,
            .. ConnectionCommands.All,
            .. ClientCommands.All,
            .. TransactionCommands.All,
            .. PubSubCommands.All,
            .. MonitorCommands.All,
            .. ServerCommands.All,
            .. PersistenceCommands.All,
            .. ReplicationCommands.All,
            .. ClusterCommands.All,
            .. InfoCommand.All,
            .. CommandCommands.All,
            .. ConfigCommands.All,
            .. SlowLogCommands.All,
            .. LatencyCommands.All,
            .. MemoryCommands.All,
            .. DebugCommands.All,
            .. ScriptCommands.All,
            .. FunctionCommands.All,
            .. ModuleCommands.All,
            .. AclCommands.All,
        ];
        foreach (var command in all)
            Add(command);
        Commands = all;
    }

    /// <summary>All commands, without subcommands, in the order of their families.</summary>
    public IReadOnlyList<Command> Commands { get; }

    /// <summary>Commands and subcommands.</summary>
    public int Count { get; private set; }

    /// <summary>The command of that name; null when there is none.</summary>
    public Command? Find(ReadOnlySpan<byte> name)
    {
        for (var slot = SlotOf(name); slots[slot] is { } command; slot = (slot + 1) % Slots)
        {
            if (Ascii.EqualsIgnoreCase(name, command.Name))
                return command;
        }

        return null;
    }

    private void Add(Command command)
    {
        command.Index = Count++;
        command.Namespaces = NamespaceScopes.Of(command);
        foreach (var subcommand in command.Subcommands)
        {
            subcommand.Index = Count++;
            subcommand.Namespaces = NamespaceScopes.Of(subcommand);
        }

        var slot = SlotOf(Encoding.ASCII.GetBytes(command.Name));
        while (slots[slot] != null)
            slot = (slot + 1) % Slots;
        slots[slot] = command;
    }

    // Folds case by setting bit 5 of every byte; what falls together with other bytes is told apart by the full comparison.
    private static int SlotOf(ReadOnlySpan<byte> name)
    {
        const ulong lower = 0x2020202020202020;
        Span<byte> padded = stackalloc byte[16];
        padded.Clear();
        name[..Math.Min(name.Length, 16)].CopyTo(padded);
        var first = BinaryPrimitives.ReadUInt64LittleEndian(padded) | lower;
        var second = BinaryPrimitives.ReadUInt64LittleEndian(padded[8..]) | lower;
        var mixed = (first * 0x9E3779B97F4A7C15) ^ (second * 0xD6E8FEB86659FD93) ^ (ulong)name.Length;
        return (int)((mixed * 0x9E3779B97F4A7C15) >> 53);
    }
}
