using System.IO.Pipelines;
using System.Net.Sockets;
using Pipelines.Sockets.Unofficial;

namespace RespKv.Server.Net;

/// <summary>A client's socket as a pair of pipes, plain or under TLS. Made by its connection, which ends it and disposes the socket.</summary>
internal sealed class Transport
{
    private readonly SocketConnection? plain;
    private readonly TlsChannel? tls;
    private long sentAtOnce;

    /// <param name="socket">The socket.</param>
    /// <param name="sending">How replies wait.</param>
    /// <param name="receiving">How requests wait.</param>
    /// <param name="context">What its handshake goes by; null for a client without TLS.</param>
    public Transport(Socket socket, PipeOptions sending, PipeOptions receiving, TlsContext? context)
    {
        Socket = socket;
        if (context != null)
        {
            tls = new TlsChannel(socket, sending, receiving, context);
            (Input, Output) = (tls.Input, tls.Output);
            return;
        }

        // For what is sent without the pipe: it is not to wait.
        socket.Blocking = false;
        plain = SocketConnection.Create(socket, sending, receiving);
        (Input, Output) = (plain.Input, plain.Output);
    }

    public Socket Socket { get; }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Bytes of replies that the system has taken.</summary>
    public long BytesSent => plain != null ? plain.BytesSent + Interlocked.Read(ref sentAtOnce) : tls!.BytesSent;

    /// <summary>Bytes that came last.</summary>
    public int LastReceived => plain != null ? plain.LastReceived : tls!.LastReceived;

    /// <summary>Whether nothing can be sent any more.</summary>
    public bool IsDown => plain != null ? plain.ShutdownKind != PipeShutdownKind.None : tls!.IsDown;

    /// <summary>Whether bytes can be sent past the pipe.</summary>
    public bool CanSendAtOnce => plain != null;

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
    public bool IsEnded => plain != null || tls!.IsDown;

    /// <inheritdoc cref="TlsChannel.OpenAsync"/>
    public Task OpenAsync() => tls!.OpenAsync();

    /// <summary>Nothing more is written, and nothing more read.</summary>
    public void Complete()
    {
        if (tls != null)
        {
            tls.Complete();
            return;
        }

        Output.Complete();
        Input.Complete();
    }
}
