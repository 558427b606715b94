using System.Buffers;
using System.Globalization;
using System.Text;

namespace RespKv.Server.Commands;

/// <summary>The clients that see every command (MONITOR). While there are none, a command pays for one look at a field.</summary>
internal sealed class Monitors
{
    private readonly Lock changing = new();
    private volatile Client[] clients = [];

    public int Count => clients.Length;

    public bool Any => clients.Length > 0;

    public void Add(Client client)
    {
        lock (changing)
            clients = [.. clients, client];
        client.IsMonitor = true;
    }

    public void Remove(Client client)
    {
        if (!client.IsMonitor)
            return;
        lock (changing)
            clients = [.. clients.Where(c => c != client)];
        client.IsMonitor = false;
    }

    /// <summary>Shows the command that has just run. Passwords are left out.</summary>
    public void Show(CommandContext context, Command command)
    {
        var line = Message.Plain(Line(context, command));
        foreach (var client in clients)
        {
            client.Connection.Post(line, null);
            if (client == context.Client)
                context.HasOwnMail = true;
        }
    }

    // +<unix time>.<microseconds> [<db> <address>] "word" "word" ...
    private static byte[] Line(CommandContext context, Command command)
    {
        var (client, request) = (context.Client, context.Request);
        var line = new ArrayBufferWriter<byte>(64 + (int)Math.Min(request.ArgumentBytes * 2, 1 << 20));
        var microseconds = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var address = context.IsInScript ? "lua" : client.IsUnixSocket ? "unix:" + client.Address[..client.Address.LastIndexOf(':')] : client.Address;
        Write(line, string.Create(CultureInfo.InvariantCulture, $"+{microseconds / 1_000_000}.{microseconds % 1_000_000:D6} [{client.Namespace.Number ?? -1} {address}]"));
        var (firstSecret, secrets) = SecretArguments.Of(command, request).GetOffsetAndLength(request.Length);
        for (var i = 0; i < request.Length; i++)
        {
            line.Write(" \""u8);
            if (i >= firstSecret && i < firstSecret + secrets)
                line.Write("(redacted)"u8);
            else
                WriteEscaped(line, request[i]);
            line.Write("\""u8);
        }

        line.Write("\r\n"u8);
        return line.WrittenSpan.ToArray();
    }

    private static void WriteEscaped(ArrayBufferWriter<byte> line, ReadOnlySpan<byte> word)
    {
        foreach (var letter in word)
        {
            switch (letter)
            {
                case (byte)'"' or (byte)'\\':
                    line.Write([(byte)'\\', letter]);
                    break;
                case (byte)'\n':
                    line.Write("\\n"u8);
                    break;
                case (byte)'\r':
                    line.Write("\\r"u8);
                    break;
                case (byte)'\t':
                    line.Write("\\t"u8);
                    break;
                case 7:
                    line.Write("\\a"u8);
                    break;
                case (byte)'\b':
                    line.Write("\\b"u8);
                    break;
                case >= 0x20 and <= 0x7E:
                    line.Write([letter]);
                    break;
                default:
                    Write(line, $"\\x{letter:x2}");
                    break;
            }
        }
    }

    private static void Write(ArrayBufferWriter<byte> line, string text) => Encoding.UTF8.GetBytes(text, line);
}
