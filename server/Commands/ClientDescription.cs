using System.Globalization;
using System.Text;

namespace RespKv.Server.Commands;

/// <summary>
/// A client as one line of CLIENT LIST and CLIENT INFO, with the fields of Redis 7.4. <c>db</c> is -1 in a namespace that has a name only. What Redis
/// counts of buffers that do not exist here (<c>qbuf-free</c>, <c>rbs</c>, <c>rbp</c>, <c>obl</c>, <c>oll</c>) is 0.
/// </summary>
internal static class ClientDescription
{
    // What an idle connection takes, roughly, in bytes.
    private const long BaseBytes = 8 * 1024;

    /// <param name="line">Where it goes; without a line end.</param>
    /// <param name="client">Whom to describe.</param>
    /// <param name="argumentBytes">Bytes of the arguments of the request that the client runs.</param>
    /// <param name="nowMs">Unix ms.</param>
    public static void Append(StringBuilder line, Client client, long argumentBytes, long nowMs)
    {
        var subscriptions = client.Subscriptions;
        var transaction = client.Transaction;
        var input = client.Connection.PendingInputBytes;
        var output = client.Connection.PendingOutputBytes;
        var total = BaseBytes + input + argumentBytes + output + (transaction?.Bytes ?? 0);
        line.Append(CultureInfo.InvariantCulture, $"id={client.Id} addr={client.Address} laddr={client.LocalAddress} fd={client.FileDescriptor} name={client.Name}");
        line.Append(CultureInfo.InvariantCulture, $" age={Seconds(nowMs - client.ConnectedAtMs)} idle={Seconds(nowMs - client.LastActiveMs)} flags={Flags(client)} db={client.Namespace.Number ?? -1}");
        line.Append(CultureInfo.InvariantCulture, $" sub={subscriptions?.Count(SubscriptionKind.Channel) ?? 0} psub={subscriptions?.Count(SubscriptionKind.Pattern) ?? 0} ssub={subscriptions?.Count(SubscriptionKind.Shard) ?? 0}");
        line.Append(CultureInfo.InvariantCulture, $" multi={transaction?.Count ?? -1} watch={client.Watched?.Count ?? 0} qbuf={input} qbuf-free=0 argv-mem={argumentBytes} multi-mem={transaction?.Bytes ?? 0}");
        line.Append(CultureInfo.InvariantCulture, $" rbs=0 rbp=0 obl=0 oll=0 omem={output} tot-mem={total} events={(output > 0 ? "rw" : "r")} cmd={client.LastCommand?.FullName ?? "NULL"}");
        line.Append(CultureInfo.InvariantCulture, $" user={client.User.Name} redir={TrackingCommands.Redirection(client)} resp={client.ProtocolVersion} lib-name={client.LibraryName} lib-ver={client.LibraryVersion}");
    }

    private static long Seconds(long ms) => Math.Max(ms, 0) / 1000;

    private static string Flags(Client client)
    {
        var flags = new StringBuilder(8);
        Add('O', client.IsMonitor);
        Add('P', client.IsSubscribed);
        Add('x', client.Transaction != null);
        Add('b', client.IsPaused);
        Add('t', client.Tracking != null);
        Add('R', client.Tracking is { IsRedirectionBroken: true });
        Add('B', client.Tracking is { IsBroadcast: true });
        Add('c', client.ClosesAfterReply);
        Add('U', client.IsUnixSocket);
        Add('e', client.IsNoEvict);
        Add('T', client.IsNoTouch);
        return flags.Length == 0 ? "N" : flags.ToString();

        void Add(char flag, bool applies)
        {
            if (applies)
                flags.Append(flag);
        }
    }
}
