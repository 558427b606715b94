using RespKv.Server.Access;

namespace RespKv.Server.Commands;

/// <summary>What the connection of a client can be asked to do, from any thread.</summary>
internal interface IClientConnection
{
    /// <summary>Bytes of replies that the client has not taken yet.</summary>
    long PendingOutputBytes { get; }

    /// <summary>Bytes of the request that runs, or of an incomplete one.</summary>
    long PendingInputBytes { get; }

    /// <summary>Sends a message between two replies, unless the subscription that it is for has ended by then. False when the connection has been told to end.</summary>
    bool Post(Message message, Subscription? subscription);

    /// <summary>Writes the messages that are waiting, here and now. For the client's own commands only, before they have begun to reply.</summary>
    void TakeMail();

    /// <summary>Whether the connection has been told to end; its loop may take a moment.</summary>
    bool IsEnding { get; }

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
    private volatile User user;
    private volatile bool mustLogIn = true;
    private volatile bool isTrusted;

    public Client(long id, IClientConnection connection, RespKv.Server.Kv.Namespace start, User user)
    {
        Id = id;
        Connection = connection;
        Namespace = start;
        this.user = user;
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

    /// <summary>Whom the client is. Like what follows from it, set by <see cref="AccessControl"/> alone.</summary>
    public User User
    {
        get => user;
        set => user = value;
    }

    /// <summary>Whether it has logged in, or came when nobody needed to.</summary>
    public bool IsAuthenticated { get; set; }

    /// <summary>Whether it has to log in before it may do anything else.</summary>
    public bool MustLogIn
    {
        get => mustLogIn;
        set => mustLogIn = value;
    }

    /// <summary>Whether there is nothing that the client may not do: all that is looked at for each command of most clients.</summary>
    public bool IsTrusted
    {
        get => isTrusted;
        set => isTrusted = value;
    }

    public int ProtocolVersion { get; set; } = 2;

    public ReplyMode ReplyMode { get; set; }

    /// <summary>CLIENT NO-TOUCH: uses of keys do not count.</summary>
    public bool IsNoTouch { get; set; }

    /// <summary>CLIENT NO-EVICT.</summary>
    public bool IsNoEvict { get; set; }

    public bool IsMonitor { get; set; }

    /// <summary>What has been queued since MULTI; null outside a transaction.</summary>
    public Transaction? Transaction { get; set; }

    /// <summary>The keys that WATCH remembers; null when there are none.</summary>
    public WatchedKeys? Watched { get; set; }

    /// <summary>Ends the watching of keys.</summary>
    public void Unwatch()
    {
        Watched?.End();
        Watched = null;
    }

    /// <summary>How the client tracks keys; null when it does not. Set by <see cref="KeyTracking"/>.</summary>
    public ClientTracking? Tracking { get; set; }

    /// <summary>What the client listens to; null when it never did.</summary>
    public Subscriptions? Subscriptions { get; set; }

    /// <summary>Whether the client listens to anything.</summary>
    public bool IsSubscribed => Subscriptions is { Total: > 0 };

    /// <summary>Whether the client is held up by CLIENT PAUSE.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Whether the client waits for what others do, so that <c>timeout</c> does not apply.</summary>
    public bool MayBeIdle => IsMonitor || IsSubscribed || IsPaused;

    /// <summary>What work aside, for a command that waits and will run again, has come to.</summary>
    public object? Result { get; set; }

    /// <summary>Requests, from the waiting one on, whose records have just been fetched, so that they run whatever has happened to those since.</summary>
    public int FetchedRequests { get; set; }

    /// <summary>The connection ends when the replies written so far are sent.</summary>
    public bool ClosesAfterReply { get; set; }

    /// <summary>The command that runs, or ran last; null before the first, and after an unknown one.</summary>
    public Command? LastCommand { get; set; }

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
