using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>What MULTI began: the commands to run at EXEC, in copies that outlive the buffers they came in.</summary>
internal sealed class Transaction
{
    // What a queued command takes beside its arguments, roughly, in bytes.
    private const int OverheadBytes = 64;

    private readonly List<(Command Command, RespRequest Request)> queue = [];

    public IReadOnlyList<(Command Command, RespRequest Request)> Queue => queue;

    public int Count => queue.Count;

    /// <summary>Bytes that the queue holds.</summary>
    public long Bytes { get; private set; }

    /// <summary>Whether a command was refused, so that EXEC must be too.</summary>
    public bool IsSpoiled { get; private set; }

    /// <summary>What the queued commands are like, all together.</summary>
    public CommandFlags Flags { get; private set; }

    /// <summary>Whether commands on whole databases are among them.</summary>
    public bool IsOnDatabases { get; private set; }

    /// <summary>Whether scripts are among them.</summary>
    public bool HasScripts { get; private set; }

    public void Add(Command command, RespRequest request)
    {
        // What will not run need not be kept.
        if (IsSpoiled)
            return;
        queue.Add((command, request.Copy()));
        Bytes += request.ArgumentBytes + ((request.Length + 1L) * OverheadBytes);
        Flags |= command.Flags;
        IsOnDatabases |= CommandExecutor.IsOnDatabases(command);
        HasScripts |= ScriptCommands.RunsScript(command);
    }

    public void Spoil() => IsSpoiled = true;
}
