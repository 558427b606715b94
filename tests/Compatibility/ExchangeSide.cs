using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using RespKv.Protocol;

namespace RespKv.Tests.Compatibility;

/// <summary>One of the two servers in one scenario: its connections by name, and what it has replied that later words refer to.</summary>
internal sealed partial class ExchangeSide(int port, bool isResp3) : IAsyncDisposable
{
    private static readonly TimeSpan ReplyLimit = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, RespClient> connections = [];
    private readonly Dictionary<string, byte[]> saved = [];

    /// <summary>Does a step and returns the bytes that came for it; none for a step that reads nothing.</summary>
    public async Task<ExchangeOutcome> PerformAsync(ExchangeStep step)
    {
        try
        {
            var reply = await DoAsync(step);
            if (step.SaveAs is { } name)
                saved[name] = Payload(RespReply.Parse(reply));
            return new ExchangeOutcome(reply);
        }
        catch (Exception error) when (error is IOException or TimeoutException or InvalidDataException or System.Net.Sockets.SocketException)
        {
            return new ExchangeOutcome([], error.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in connections.Values)
            await connection.DisposeAsync();
    }

    private async Task<byte[]> DoAsync(ExchangeStep step)
    {
        var connection = await ConnectionAsync(step.Connection);
        var words = step.Words.Select(Substitute).ToArray();
        switch (step.Action)
        {
            case ExchangeAction.Command:
                await connection.SendAsync(Request(words));
                return await connection.ReadRawReplyAsync();
            case ExchangeAction.Silent:
                await connection.SendAsync(Request(words));
                return [];
            case ExchangeAction.Raw:
                await connection.SendAsync(words[0]);
                return await connection.ReadRawReplyAsync();
            case ExchangeAction.RawSilent:
                await connection.SendAsync(words[0]);
                return [];
            case ExchangeAction.RawClose:
                await connection.SendAsync(words[0]);
                return await connection.ReadToEndAsync();
            case ExchangeAction.Push:
                return await connection.ReadRawReplyAsync();
            case ExchangeAction.Close:
                connections.Remove(step.Connection);
                await connection.DisposeAsync();
                return [];
            default:
                throw new InvalidOperationException($"{step.Action} is not done by a side.");
        }
    }

    private async Task<RespClient> ConnectionAsync(string name)
    {
        if (connections.TryGetValue(name, out var connection))
            return connection;
        connection = await RespClient.ConnectAsync("127.0.0.1", port);
        connection.Timeout = ReplyLimit;
        connections[name] = connection;
        if (isResp3)
            await connection.ExecuteAsync("HELLO", "3");
        return connection;
    }

    private static byte[] Request(byte[][] words) => RespArgument.Request(Array.ConvertAll(words, word => new RespArgument(word)));

    /// <summary>A scalar's bytes, or those of an array's first element.</summary>
    private static byte[] Payload(RespReply reply) => (reply.Items.Count > 0 ? reply.Items[0] : reply).Bytes.ToArray();

    private byte[] Substitute(byte[] word)
    {
        if (word.AsSpan().IndexOf("${"u8) < 0)
            return word;
        var text = Variable().Replace(Encoding.Latin1.GetString(word), match => Encoding.Latin1.GetString(Value(match.Groups[1].Value)));
        return Encoding.Latin1.GetBytes(text);
    }

    private byte[] Value(string name)
    {
        if (name.Length > 2 && name[1] == '*')
            return Enumerable.Repeat((byte)name[0], int.Parse(name.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture)).ToArray();
        if (name.StartsWith("addr.", StringComparison.Ordinal))
            return Encoding.ASCII.GetBytes(connections[name[5..]].LocalEndPoint!.ToString()!);
        return saved.TryGetValue(name, out var value) ? value : throw new InvalidDataException($"Nothing was saved as '{name}'.");
    }

    [GeneratedRegex(@"\$\{([^}]+)\}")]
    private static partial Regex Variable();
}

/// <summary>What came for a step.</summary>
/// <param name="Bytes">The raw reply.</param>
/// <param name="Fault">Why there is none (closed, too late, not a reply), or null.</param>
internal sealed record ExchangeOutcome(byte[] Bytes, string? Fault = null)
{
    public override string ToString() => Fault is null ? QuotedText.Escape(Bytes) : $"({Fault})";
}
