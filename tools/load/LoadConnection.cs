using System.Net;
using System.Net.Sockets;

namespace RespKv.Load;

/// <summary>
/// One client: a non-blocking socket with at most one batch of requests under way. Owned by one load thread; its buffers are
/// made once and serve every batch.
/// </summary>
internal sealed class LoadConnection : IDisposable
{
    // Enough for a pipeline of 100 small values in one receive; larger replies are taken piece by piece.
    private const int ReceiveBufferBytes = 64 * 1024;

    private readonly Socket socket;
    private readonly RequestBatch batch;
    private readonly ReplyCounter replies;
    private readonly byte[] receiveBuffer = new byte[ReceiveBufferBytes];
    private int unread;
    private int sent;
    private bool awaitsRoom;

    public LoadConnection(EndPoint server, RequestBatch batch, bool allowMisses)
    {
        this.batch = batch;
        replies = new ReplyCounter(allowMisses);
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(server);
        socket.Blocking = false;
    }

    /// <summary>When the batch under way began, or was due to begin, in <see cref="System.Diagnostics.Stopwatch"/> ticks.</summary>
    public long Began { get; private set; }

    /// <summary>Whether a batch is under way.</summary>
    public bool IsBusy { get; private set; }

    public int BatchCount => batch.Count;

    public long Misses => replies.Misses;

    /// <summary>When the next batch is due; kept here for the thread, with a fixed rate only.</summary>
    public long NextDue { get; set; }

    public void Register(Epoll epoll, int index) => epoll.Add(socket, index);

    /// <summary>Sends the next batch, as much of it as the socket takes now.</summary>
    public void Start(long began, Epoll epoll, int index)
    {
        Began = began;
        IsBusy = true;
        batch.Build();
        replies.StartBatch();
        sent = 0;
        Send(epoll, index);
    }

    /// <summary>Goes on with the batch under way.</summary>
    /// <returns>Whether all its replies are there.</returns>
    public bool Continue(Epoll epoll, int index)
    {
        if (awaitsRoom)
        {
            Send(epoll, index);
        }

        var received = socket.Receive(receiveBuffer.AsSpan(unread), SocketFlags.None, out var outcome);
        if (outcome == SocketError.WouldBlock)
        {
            return false;
        }

        if (outcome != SocketError.Success || received == 0)
        {
            throw new ReplyException(received == 0 && outcome == SocketError.Success
                ? "The server closed the connection"
                : $"Receive failed: {outcome}");
        }

        Take(unread + received);
        if (!IsBusy || replies.Completed < batch.Count)
        {
            return false;
        }

        IsBusy = false;
        return true;
    }

    public void Dispose() => socket.Dispose();

    private void Take(int available)
    {
        var taken = replies.Take(receiveBuffer.AsSpan(0, available), batch);
        unread = available - taken;
        if (unread > 0)
        {
            receiveBuffer.AsSpan(taken, unread).CopyTo(receiveBuffer);
        }
    }

    private void Send(Epoll epoll, int index)
    {
        while (sent < batch.Bytes.Length)
        {
            var count = socket.Send(batch.Bytes[sent..], SocketFlags.None, out var outcome);
            if (outcome == SocketError.WouldBlock)
            {
                break;
            }

            if (outcome != SocketError.Success)
            {
                throw new ReplyException($"Send failed: {outcome}");
            }

            sent += count;
        }

        var isIncomplete = sent < batch.Bytes.Length;
        if (awaitsRoom != isIncomplete)
        {
            awaitsRoom = isIncomplete;
            epoll.WatchForRoom(socket, index, awaitsRoom);
        }
    }
}
