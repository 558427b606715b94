using RespKv.Protocol;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>
/// What a handler sees. Belongs to a lease, not to a connection: one serves many connections in turn, so that an idle connection
/// keeps none. What is worth keeping between commands (scratch space, updates) lives here, so that commands do not allocate.
/// </summary>
internal sealed class CommandContext(ServerState server, Keyspace keyspace)
{
    /// <summary>Keys whose records are fetched ahead together.</summary>
    public const int AheadMax = Storage.Faster.StoreSession.AheadMax;

    private Dictionary<Type, object>? reusable;
    private RespRequest[] requests = [];
    private int requestCount;
    private int behind;

    public ServerState Server { get; } = server;

    /// <summary>The data, in the namespace that the client has selected.</summary>
    public Keyspace Keyspace { get; } = keyspace;

    public Client Client { get; set; } = null!;

    /// <summary>The client's namespace.</summary>
    public Namespace Namespace => Client.Namespace;

    /// <summary>The arguments; valid until the handler returns.</summary>
    public RespRequest Request { get; set; } = null!;

    /// <summary>The client's requests that have come behind this one and have not run.</summary>
    public ReadOnlySpan<RespRequest> RequestsBehind => requests.AsSpan(behind, requestCount - behind);

    /// <summary>Tells of the requests that were found together.</summary>
    public void SetRequests(RespRequest[] found, int count) => (requests, requestCount, behind) = (found, count, count);

    /// <summary>Tells which of them runs.</summary>
    public void SetRequest(int index)
    {
        Request = requests[index];
        behind = index + 1;
    }

    /// <summary>Where the reply goes: to the client, or nowhere when CLIENT REPLY says so.</summary>
    public RespReplyWriter Reply { get; set; } = null!;

    /// <summary>What the client gets in any case: pushes, and the reply of CLIENT REPLY ON.</summary>
    public RespReplyWriter Output { get; set; } = null!;

    /// <summary>Takes replies that are not to be sent.</summary>
    public RespReplyWriter Discarded { get; } = new(new DiscardedReplies());

    /// <summary>Keys that the command, or the transaction so far, has changed, for clients that hear of all keys; empty when there are none.</summary>
    public List<byte[]> ChangedKeys { get; } = [];

    /// <summary>Whether the command has posted messages to its own client, which are due behind its reply.</summary>
    public bool HasOwnMail { get; set; }

    /// <summary>The command that runs; its full name is in error texts.</summary>
    public Command Command { get; set; } = null!;

    /// <summary>The batch's clock, Unix ms.</summary>
    public long NowMs => Keyspace.NowMs;

    /// <summary>Whether the command runs inside EXEC, where nothing may wait.</summary>
    public bool IsInExec { get; set; }

    /// <summary>Whether the command is called by a script.</summary>
    public bool IsInScript { get; set; }

    /// <summary>Counts of this lease; summed up by INFO.</summary>
    public CommandCounters Counters { get; } = server.Stats.NewCounters();

    /// <summary>Takes the bulk string reply of a value that is read.</summary>
    public BulkStringReader BulkString { get; } = new();

    /// <summary>When the call began, in ticks of the stopwatch; a command that waited and runs again may set it back.</summary>
    public long StartTimestamp { get; set; }

    /// <summary>What the client has to wait for; set by a handler, taken by the connection.</summary>
    public Task? Wait { get; private set; }

    /// <summary>Whether the command runs again, from the start, when the wait is over; else its reply has been written.</summary>
    public bool RetriesAfterWait { get; private set; }

    /// <summary>
    /// Has the records of a command's next keys fetched ahead. To be called for each key in turn, the first of which is argument 1; every
    /// sixteenth call does it.
    /// </summary>
    /// <param name="index">The key's argument.</param>
    /// <param name="step">Arguments from one key to the next.</param>
    public void FetchAhead(int index, int step)
    {
        if ((index - 1) / step % AheadMax != 0 || index + step >= Request.Length)
            return;
        var end = Math.Min(Request.Length, index + (AheadMax * step));
        for (var i = index; i < end; i += step)
            Keyspace.NoteAhead(Request[i]);
        Keyspace.FetchAhead();
    }

    /// <summary>Whether keys can be listed; else the error has been written.</summary>
    public bool HasKeyIndex()
    {
        if (Server.Store.Settings.ListsKeys)
            return true;
        Error($"ERR {Command.FullName.ToUpperInvariant()} needs the index of keys, which this server was started without (key-index off)");
        return false;
    }

    /// <summary>A key that was to be read is not there.</summary>
    public void Miss(ReadOnlySpan<byte> key)
    {
        Counters.Misses++;
        Tell(KeyEvent.Miss, key);
    }

    /// <summary>Tells those who want to know of something that has happened to a key.</summary>
    public void Tell(KeyEvent what, ReadOnlySpan<byte> key) => Tell(Namespace, what, key);

    /// <summary>The same in another namespace.</summary>
    public void Tell(Namespace ns, KeyEvent what, ReadOnlySpan<byte> key)
    {
        if (!Keyspace.TellsEvents)
            return;
        Keyspace.Tell(ns, what, key);
        HasOwnMail |= Client.IsSubscribed;
    }

    /// <summary>The same for the key that was written last; that it is new is told first.</summary>
    public void TellWritten(KeyEvent what, ReadOnlySpan<byte> key)
    {
        if (!Keyspace.TellsEvents)
            return;
        Keyspace.TellWritten(what, key);
        HasOwnMail |= Client.IsSubscribed;
    }

    /// <summary>From here on the client gets replies, that of this command too.</summary>
    public void EndSilence()
    {
        Client.ReplyMode = ReplyMode.On;
        Reply = Output;
    }

    /// <summary>Whether the command that runs has replied with an error; those that it has run itself do not count.</summary>
    public bool HasFailed { get; set; }

    /// <summary>Writes an error reply and counts it.</summary>
    public void Error(string text)
    {
        HasFailed = true;
        Counters.CountError(text);
        Reply.Error(text);
    }

    /// <summary>Lets the client wait, then runs the command again; the handler has written nothing.</summary>
    public void RetryAfter(Task task)
    {
        Wait = task;
        RetriesAfterWait = true;
    }

    /// <summary>The reply is written; the client's next command waits.</summary>
    public void PauseAfter(Task task)
    {
        Wait = task;
        RetriesAfterWait = false;
    }

    /// <summary>When the last call ended, in ticks of the stopwatch.</summary>
    public long EndTimestamp { get; set; }

    /// <summary>The batch is over, or was broken off by a fault: nothing of its client stays here.</summary>
    public void LetGo()
    {
        (requests, requestCount, behind) = ([], 0, 0);
        Client = null!;
        Request = null!;
        Reply = null!;
        Output = null!;
        Wait = null;
        HasOwnMail = false;
        IsInExec = false;
        IsInScript = false;
    }

    public Task? TakeWait()
    {
        var wait = Wait;
        Wait = null;
        return wait;
    }

    /// <summary>The one instance of a reader or an update that commands of this lease share in turn.</summary>
    public T Reusable<T>()
        where T : class, new()
    {
        reusable ??= [];
        if (reusable.TryGetValue(typeof(T), out var instance))
            return (T)instance;
        var created = new T();
        reusable[typeof(T)] = created;
        return created;
    }
}
