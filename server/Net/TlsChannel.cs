using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace RespKv.Server.Net;

/// <summary>
/// A socket under TLS as a pair of pipes. Two loops move what comes and goes between the pipes and <see cref="SslStream"/>; as on a socket without TLS, what is received is decrypted,
/// run, encrypted and sent by the thread that received it. Nobody else writes to the socket.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Disposed when both loops have ended, or the handshake has failed.")]
internal sealed class TlsChannel
{
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);

    private readonly Socket socket;
    private readonly TlsContext context;
    private readonly TlsStream stream;
    private readonly SslStream ssl;
    private readonly Pipe sending;
    private readonly Pipe receiving;
    private long bytesSent;
    private volatile bool isOpen;
    private volatile bool isDown;

    /// <param name="socket">The socket; whoever made it disposes it.</param>
    /// <param name="sending">How replies wait.</param>
    /// <param name="receiving">How requests wait.</param>
    /// <param name="context">What its handshake goes by.</param>
    public TlsChannel(Socket socket, PipeOptions sending, PipeOptions receiving, TlsContext context)
    {
        this.socket = socket;
        this.context = context;
        this.sending = new Pipe(sending);
        this.receiving = new Pipe(receiving);
        stream = new TlsStream(socket);
        ssl = new SslStream(stream, leaveInnerStreamOpen: true);
    }

    public PipeReader Input => receiving.Reader;

    public PipeWriter Output => sending.Writer;

    /// <summary>Bytes of replies that the system has taken, before they were encrypted.</summary>
    public long BytesSent => Interlocked.Read(ref bytesSent);

    /// <summary>Bytes that came last, decrypted.</summary>
    public int LastReceived { get; private set; }

    /// <summary>Whether the handshake is over.</summary>
    public bool IsOpen => isOpen;

    /// <summary>Whether nothing can be sent any more.</summary>
    public bool IsDown => isDown;

    /// <summary>Goes through the handshake; then the pipes begin to move.</summary>
    /// <exception cref="AuthenticationException">The client does not speak TLS, or has no good certificate, or there is no protocol or suite that both have.</exception>
    /// <exception cref="IOException">The client has gone.</exception>
    /// <exception cref="OperationCanceledException">It took too long.</exception>
    public async Task OpenAsync()
    {
        // Off the loop that accepts.
        await default(ThreadPoolHop);
        try
        {
            using var limit = new CancellationTokenSource(HandshakeLimit);
            await ssl.AuthenticateAsServerAsync(context.Options, limit.Token).ConfigureAwait(false);
        }
        catch
        {
            isDown = true;
            await ssl.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        stream.Open();
        isOpen = true;
        _ = RunAsync();
    }

    /// <summary>Nothing more is written to the output or read from the input: what waits is still sent, what comes is not received.</summary>
    public void Complete()
    {
        sending.Writer.Complete();
        receiving.Reader.Complete();
        if (isOpen)
        {
            socket.TryShutdown(SocketShutdown.Receive);
            return;
        }

        sending.Reader.Complete();
        receiving.Writer.Complete();
    }

    private async Task RunAsync()
    {
        await Task.WhenAll(ReceiveAsync(), SendAsync()).ConfigureAwait(false);
        await ssl.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReceiveAsync()
    {
        Exception? fault = null;
        try
        {
            var isTaken = false;
            while (!isTaken)
            {
                var count = await ssl.ReadAsync(receiving.Writer.GetMemory(1)).ConfigureAwait(false);
                LastReceived = count;
                if (count == 0)
                    break;
                receiving.Writer.Advance(count);
                isTaken = (await receiving.Writer.FlushAsync().ConfigureAwait(false)).IsCompleted;
            }
        }
        catch (Exception error)
        {
            fault = error is IOException or OperationCanceledException or ObjectDisposedException ? error : new IOException(error.Message, error);
        }
        finally
        {
            await receiving.Writer.CompleteAsync(fault).ConfigureAwait(false);
        }
    }

    private async Task SendAsync()
    {
        Exception? fault = null;
        try
        {
            while (true)
            {
                var result = await sending.Reader.ReadAsync().ConfigureAwait(false);
                var buffer = result.Buffer;
                if (buffer.IsEmpty && result.IsCompleted)
                    break;
                // Block by block, so that each is given back as soon as it is sent.
                var block = buffer.First;
                if (!block.IsEmpty)
                    await ssl.WriteAsync(block).ConfigureAwait(false);
                Interlocked.Add(ref bytesSent, block.Length);
                sending.Reader.AdvanceTo(buffer.GetPosition(block.Length));
            }

            // The client is told that this is the end and not a cut.
            await ssl.ShutdownAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            fault = error is IOException or OperationCanceledException or ObjectDisposedException ? error : new IOException(error.Message, error);
        }
        finally
        {
            isDown = true;
            socket.TryShutdown(SocketShutdown.Send);
            await sending.Reader.CompleteAsync(fault).ConfigureAwait(false);
        }
    }
}
