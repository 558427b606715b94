namespace RespKv.Server.Commands;

/// <summary>What the connection of a client can be asked to do, from any thread.</summary>
internal interface IClientConnection
{
    /// <summary>Bytes of replies that the client has not taken yet.</summary>
    long PendingOutputBytes { get; }

    /// <summary>Bytes of an incomplete request.</summary>
    long PendingInputBytes { get; }

    /// <summary>Sends bytes between two replies: messages, MONITOR lines.</summary>
    void Post(ReadOnlyMemory<byte> bytes);

    /// <summary>Ends the connection, now.</summary>
    void Abort();
}

/// <summary>How replies are to be given (CLIENT REPLY).</summary>
internal enum ReplyMode
{
    On,
    Off,

    /// <summary>This command's reply is not sent, nor is the next one's.</summary>
    SkipNext,

    /// <summary>The command now running gets no reply.</summary>
    Skip,
}

/// <summary>A client as the CLIENT commands see it. Changed by its own commands only; others read.</summary>
internal sealed class Client
{
    public Client(long id, IClientConnection connection, RespKv.Server.Kv.Namespace start)
    {
        Id = id;
        Connection = connection;
        Namespace = start;
    }

    public long Id { get; }

    public IClientConnection Connection { get; }

    /// <summary>The namespace that SELECT or KV.USE chose.</summary>
    public RespKv.Server.Kv.Namespace Namespace { get; set; }

    public string Name { get; set; } = "";

    public string LibraryName { get; set; } = "";

    public string LibraryVersion { get; set; } = "";

    public string Address { get; init; } = "";

    public string LocalAddress { get; init; } = "";

    public int FileDescriptor { get; init; }

    public bool IsUnixSocket { get; init; }

    public bool IsAuthenticated { get; set; }

    public int ProtocolVersion { get; set; } = 2;

    public ReplyMode ReplyMode { get; set; }

    /// <summary>CLIENT NO-TOUCH: uses of keys do not count.</summary>
    public bool IsNoTouch { get; set; }

    /// <summary>CLIENT NO-EVICT.</summary>
    public bool IsNoEvict { get; set; }

    public bool IsMonitor { get; set; }

    /// <summary>Whether the client waits for what others do, so that <c>timeout</c> does not apply.</summary>
    public bool MayBeIdle => IsMonitor;

    /// <summary>What work aside, for a command that waits and will run again, has come to.</summary>
    public object? Result { get; set; }

    /// <summary>The connection ends when the replies written so far are sent.</summary>
    public bool ClosesAfterReply { get; set; }

    /// <summary>Full name of the last command.</summary>
    public string LastCommand { get; set; } = "NULL";

    /// <summary>Milliseconds of the server's clock.</summary>
    public long ConnectedAtMs { get; init; }

    public long LastActiveMs { get; set; }

    public object? TakeResult()
    {
        var result = Result;
        Result = null;
        return result;
    }
}
