using System.IO.Pipelines;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace RespKv.Server.Net;

/// <summary>
/// A client's socket as a pair of pipes, plain or under TLS. Made by its connection, which ends it and disposes the socket. Without TLS, and where there are <see cref="SocketThreads"/>, requests are received past the pipe, and the
/// pipe for replies is made for the first ones that have to wait until the client takes them.
/// </summary>
internal sealed class Transport
{
    private readonly PipeOptions sending;
    private readonly SocketReader? reader;
    private readonly TlsChannel? tls;
    private SocketConnection? plain;
    private long sentAtOnce;

    /// <param name="socket">The socket.</param>
    /// <param name="sending">How replies wait.</param>
    /// <param name="receiving">How requests wait.</param>
    /// <param name="threads">Who watches the socket of a client without TLS; null where the system has no epoll.</param>
    /// <param name="context">What its handshake goes by; null for a client without TLS.</param>
    /// <exception cref="SocketException">The system has no memory for it.</exception>
    public Transport(Socket socket, PipeOptions sending, PipeOptions receiving, SocketThreads? threads, TlsContext? context)
    {
        Socket = socket;
        this.sending = sending;
        if (context != null)
        {
            tls = new TlsChannel(socket, sending, receiving, context);
            Input = tls.Input;
            return;
        }

        // For what is sent and received without a pipe: it is not to wait.
        socket.Blocking = false;
        if (threads != null)
        {
            Input = reader = new SocketReader(socket, (ConnectionBlocks)receiving.Pool, threads);
            return;
        }

        plain = SocketConnection.Create(socket, sending, receiving);
        Input = plain.Input;
    }

    public Socket Socket { get; }

    public PipeReader Input { get; }

    public PipeWriter Output => tls?.Output ?? Plain.Output;

    /// <summary>Bytes of replies that the system has taken.</summary>
    public long BytesSent => tls?.BytesSent ?? (Volatile.Read(ref plain)?.BytesSent ?? 0) + Interlocked.Read(ref sentAtOnce);

    /// <summary>Bytes that came last.</summary>
    public int LastReceived => reader?.LastReceived ?? tls?.LastReceived ?? plain!.LastReceived;

    /// <summary>Whether nothing can be sent any more.</summary>
    public bool IsDown => tls?.IsDown ?? Volatile.Read(ref plain) is { ShutdownKind: not PipeShutdownKind.None };

    /// <summary>Whether bytes can be sent past the pipe.</summary>
    public bool CanSendAtOnce => tls == null;

    /// <summary>
    /// Gives the system bytes past the pipe, which is empty and has nothing on its way: two hops through it, and the locks of both its ends, cost as much as running a command does. Never waits.
    /// </summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="sent">How many of them the system has taken; for the rest there is no room yet.</param>
    /// <returns>False when nothing can be sent any more.</returns>
    public bool TrySend(ReadOnlySpan<byte> bytes, out int sent)
    {
        try
        {
            sent = Socket.Send(bytes, SocketFlags.None, out var error);
            Interlocked.Add(ref sentAtOnce, sent);
            return error is SocketError.Success or SocketError.WouldBlock;
        }
        catch (ObjectDisposedException)
        {
            sent = 0;
            return false;
        }
    }

    /// <summary>Whether a handshake comes before the first byte.</summary>
    public bool NeedsOpening => tls is { IsOpen: false };

    /// <summary>Whether all that was to be sent has been given to the system, and the client has been told that it was all.</summary>
    public bool IsEnded => tls?.IsDown ?? true;

    /// <inheritdoc cref="TlsChannel.OpenAsync"/>
    public Task OpenAsync() => tls!.OpenAsync();

    /// <summary>Nothing more is written; the client is told when it has got what was.</summary>
    public void CompleteOutput()
    {
        if (tls == null && Volatile.Read(ref plain) == null)
            Socket.TryShutdown(SocketShutdown.Send);
        else
            Output.Complete();
    }

    /// <summary>Nothing more is written, and nothing more read.</summary>
    public void Complete()
    {
        if (tls != null)
        {
            tls.Complete();
            return;
        }

        Volatile.Read(ref plain)?.Output.Complete();
        Input.Complete();
    }

    // Its loop that receives is never begun.
    private SocketConnection Plain => LazyInitializer.EnsureInitialized(ref plain, () => SocketConnection.Create(Socket, sending, NeverScheduler.ForReceiving));

    private sealed class NeverScheduler : PipeScheduler
    {
        public static readonly PipeOptions ForReceiving = new(readerScheduler: new NeverScheduler(), useSynchronizationContext: false);

        public override void Schedule(Action<object?> action, object? state)
        {
        }
    }
}
