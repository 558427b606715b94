using System.Collections.Concurrent;
using RespKv.Protocol;
using RespKv.Server.Commands;

namespace RespKv.Server.Net;

/// <summary>Messages on their way to one client. Anybody adds; the client's own loop takes. What waits counts as unread.</summary>
internal sealed class Mailbox(OutputBudget budget)
{
    private readonly ConcurrentQueue<(Message Message, Subscription? Subscription)> queue = new();
    private long bytes;
    private volatile bool isClosed;

    /// <summary>Bytes of all that waits.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    public void Add(Message message, Subscription? subscription)
    {
        Count(message.Length);
        queue.Enqueue((message, subscription));
        Interlocked.MemoryBarrier();
        if (isClosed)
            Empty();
    }

    /// <summary>
    /// Writes what is here now, save messages of subscriptions that have ended. What is added meanwhile waits for the next time: a busy channel must not
    /// keep the loop here.
    /// </summary>
    public void WriteTo(RespReplyWriter reply)
    {
        for (var left = queue.Count; left > 0 && queue.TryDequeue(out var mail); left--)
        {
            Count(-mail.Message.Length);
            if (mail.Subscription is not { IsEnded: true })
                mail.Message.WriteTo(reply);
        }
    }

    /// <summary>The client has gone: what is here, and what is still added, is thrown away.</summary>
    public void Close()
    {
        isClosed = true;
        Interlocked.MemoryBarrier();
        Empty();
    }

    private void Empty()
    {
        while (queue.TryDequeue(out var mail))
            Count(-mail.Message.Length);
    }

    private void Count(int change)
    {
        Interlocked.Add(ref bytes, change);
        budget.Add(change);
    }
}
