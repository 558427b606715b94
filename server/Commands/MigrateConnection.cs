using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>A connection to a server that keys are moved to. What is to be sent gathers, and goes out in pieces; each step may take so long and no longer.</summary>
internal sealed class MigrateConnection : IDisposable
{
    private const int PieceBytes = 64 * 1024;

    // Gathered bytes above which they are sent.
    private const int GatheredMax = 1 << 20;

    // Replies are short: all are OK or an error.
    private const int LineBytesMax = 64 * 1024;

    private readonly Socket socket;
    private readonly byte[] received = new byte[LineBytesMax];
    private ArrayBufferWriter<byte> gathered = new();
    private int start;
    private int end;

    private MigrateConnection(Socket socket) => this.socket = socket;

    /// <summary>The database that is selected there; null when that is not known.</summary>
    public long? Database { get; set; }

    /// <summary>How long a step may take.</summary>
    public TimeSpan Timeout { get; set; }

    /// <exception cref="MigrateFaultException">It cannot be reached.</exception>
    public static async Task<MigrateConnection> OpenAsync(string host, int port, TimeSpan timeout)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            if (port == 0)
                throw new SocketException((int)SocketError.ConnectionRefused);
            using var limit = new CancellationTokenSource(timeout);
            await socket.ConnectAsync(host, port, limit.Token).ConfigureAwait(false);
            return new MigrateConnection(socket) { Timeout = timeout };
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ArgumentException)
        {
            socket.Dispose();
            // Redis learns that nobody listens when it begins to send.
            throw new MigrateFaultException(error is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? MigrateStep.Writing : MigrateStep.Connecting, mayRetry: false);
        }
    }

    /// <summary>Adds a command to what is to be sent.</summary>
    /// <exception cref="MigrateFaultException">What had gathered cannot be sent.</exception>
    public async Task SendAsync(params ReadOnlyMemory<byte>[] command)
    {
        Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"*{command.Length}\r\n")));
        foreach (var argument in command)
        {
            Write(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"${argument.Length}\r\n")));
            if (argument.Length > GatheredMax)
            {
                // Goes as it is, behind what has gathered.
                await FlushAsync().ConfigureAwait(false);
                await TransmitAsync(argument).ConfigureAwait(false);
            }
            else
            {
                Write(argument.Span);
            }

            Write("\r\n"u8);
        }

        if (gathered.WrittenCount > GatheredMax)
            await FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Sends what has gathered.</summary>
    /// <exception cref="MigrateFaultException">It cannot be sent.</exception>
    public async Task FlushAsync()
    {
        await TransmitAsync(gathered.WrittenMemory).ConfigureAwait(false);
        if (gathered.Capacity > 2 * GatheredMax)
            gathered = new ArrayBufferWriter<byte>();
        else
            gathered.ResetWrittenCount();
    }

    /// <summary>The error that the next reply is, without its mark; null when it is none.</summary>
    /// <exception cref="MigrateFaultException">No reply comes.</exception>
    public async Task<string?> ReadErrorAsync()
    {
        while (true)
        {
            var line = received.AsMemory(start, end - start);
            if (line.Span.IndexOf((byte)'\n') is >= 0 and var length)
            {
                start += length + 1;
                line = line[..length];
                return line.Length > 0 && line.Span[0] == (byte)RespPrefix.SimpleError ? System.Text.Encoding.UTF8.GetString(line.Span[1..]).TrimEnd('\r') : null;
            }

            await ReceiveAsync().ConfigureAwait(false);
        }
    }

    public void Dispose() => socket.Dispose();

    private void Write(ReadOnlySpan<byte> bytes) => gathered.Write(bytes);

    private async Task ReceiveAsync()
    {
        received.AsSpan(start, end - start).CopyTo(received);
        (start, end) = (0, end - start);
        if (end == received.Length)
            throw new MigrateFaultException(MigrateStep.Reading, mayRetry: false);
        var read = await InTimeAsync(limit => socket.ReceiveAsync(received.AsMemory(end), limit), MigrateStep.Reading).ConfigureAwait(false);
        if (read == 0)
            throw new MigrateFaultException(MigrateStep.Reading, mayRetry: true);
        end += read;
    }

    private async Task TransmitAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(PieceBytes, bytes.Length)];
            bytes = bytes[await InTimeAsync(limit => socket.SendAsync(piece, limit), MigrateStep.Writing).ConfigureAwait(false)..];
        }
    }

    private async Task<int> InTimeAsync(Func<CancellationToken, ValueTask<int>> step, MigrateStep which)
    {
        using var limit = new CancellationTokenSource(Timeout);
        try
        {
            return await step(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw new MigrateFaultException(which, mayRetry: false);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new MigrateFaultException(which, mayRetry: true);
        }
    }
}

/// <summary>A step of moving keys to another server.</summary>
internal enum MigrateStep
{
    Connecting,
    Writing,
    Reading,
}

/// <summary>The other server cannot be reached, or does not take or answer what was sent.</summary>
/// <param name="step">What failed.</param>
/// <param name="mayRetry">Whether the connection was broken, as one is that was kept for too long, so that a new one may do.</param>
internal sealed class MigrateFaultException(MigrateStep step, bool mayRetry) : Exception
{
    public MigrateStep Step { get; } = step;

    public bool MayRetry { get; } = mayRetry;
}
