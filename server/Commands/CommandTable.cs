using System.Buffers.Binary;
using System.Text;

namespace RespKv.Server.Commands;

/// <summary>All commands, one line per family, found by name in any case; the name that an operator has given it, if he has.</summary>
internal sealed class CommandTable
{
    private const int Slots = 2048;
    private readonly Command?[] slots = new Command?[Slots];
    private readonly string[] names = new string[Slots];

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
        {
            Number(command);
            Add(command.Name, command);
        }

        Commands = all;
    }

    /// <summary>All commands that can be called, without subcommands, in the order of their families.</summary>
    public IReadOnlyList<Command> Commands { get; private set; }

    /// <summary>Commands and subcommands.</summary>
    public int Count { get; private set; }

    /// <summary>The command of that name; null when there is none.</summary>
    public Command? Find(ReadOnlySpan<byte> name)
    {
        for (var slot = SlotOf(name); slots[slot] is { } command; slot = (slot + 1) % Slots)
        {
            if (Ascii.EqualsIgnoreCase(name, names[slot]))
                return command;
        }

        return null;
    }

    /// <summary>
    /// Has a command found by another name only, or by none. What is told of it, and rules of users, go by its own name, as in Redis. For a server that nobody is connected to yet.
    /// </summary>
    /// <param name="name">The name that it has.</param>
    /// <param name="newName">The name that it is to have; empty for none.</param>
    /// <returns>Why it cannot, in Redis's words; null when it has been done.</returns>
    public string? Rename(string name, string newName)
    {
        var found = Find(Encoding.Latin1.GetBytes(name));
        if (found == null)
            return "No such command in rename-command";
        List<(string Name, Command Command)> others = [.. Enumerable.Range(0, Slots).Where(slot => slots[slot] is { } other && other != found).Select(slot => (names[slot], slots[slot]!))];
        if (others.Any(other => other.Name.Equals(newName, StringComparison.OrdinalIgnoreCase)))
            return "Target command name already exists";
        Array.Clear(slots);
        foreach (var (otherName, command) in others)
            Add(otherName, command);
        if (newName.Length > 0)
            Add(newName, found);
        else
            Commands = [.. Commands.Where(command => command != found)];
        return null;
    }

    private void Number(Command command)
    {
        command.Index = Count++;
        command.Namespaces = NamespaceScopes.Of(command);
        foreach (var subcommand in command.Subcommands)
        {
            subcommand.Index = Count++;
            subcommand.Namespaces = NamespaceScopes.Of(subcommand);
        }
    }

    private void Add(string name, Command command)
    {
        var slot = SlotOf(Encoding.Latin1.GetBytes(name));
        while (slots[slot] != null)
            slot = (slot + 1) % Slots;
        (slots[slot], names[slot]) = (command, name);
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
