using System.Collections.Concurrent;
using RespKv.Protocol;
using RespKv.Server.Commands;

namespace RespKv.Server.Net;

/// <summary>Messages on their way to one client. Anybody adds; the client's own loop takes.</summary>
internal sealed class Mailbox
{
    private readonly ConcurrentQueue<(Message Message, Subscription? Subscription)> queue = new();
    private long bytes;
    private long tooMuchSince;

    /// <summary>Bytes of all that waits.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    public void Add(Message message, Subscription? subscription)
    {
        Interlocked.Add(ref bytes, message.Length);
        queue.Enqueue((message, subscription));
    }

    /// <summary>
    /// Writes what is here now, save messages of subscriptions that have ended. What is added meanwhile waits for the next time: a busy channel must not
    /// keep the loop here.
    /// </summary>
    public void WriteTo(RespReplyWriter reply)
    {
        for (var left = queue.Count; left > 0 && queue.TryDequeue(out var mail); left--)
        {
            Interlocked.Add(ref bytes, -mail.Message.Length);
            if (mail.Subscription is not { IsEnded: true })
                mail.Message.WriteTo(reply);
        }
    }

    /// <summary>Whether a client that has so many bytes unread is over the limit.</summary>
    public bool IsOver(OutputLimit limit, long unread)
    {
        if (limit.HardBytes > 0 && unread > limit.HardBytes)
            return true;
        if (limit.SoftBytes == 0 || unread <= limit.SoftBytes)
        {
            Volatile.Write(ref tooMuchSince, 0);
            return false;
        }

        var now = Environment.TickCount64;
        var since = Interlocked.CompareExchange(ref tooMuchSince, now, 0);
        return since != 0 && now - since > limit.SoftSeconds * 1000L;
    }
}
