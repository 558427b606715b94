using System.Runtime.CompilerServices;

namespace RespKv.Server.Net;

/// <summary>
/// Awaited to go on when a thread has served the other events that the system told it of at once; at once where there are none. So what all of them have to send goes out in one go: a client that has many
/// connections is woken once, and then finds all of it; and what they have written is given to the log in one go, before.
/// </summary>
internal readonly struct EndOfEvents : ICriticalNotifyCompletion
{
    /// <summary>Whether this thread has been told of events that it has not begun.</summary>
    public static bool IsToCome => SocketThread.Current is { HasMore: true };

    public bool IsCompleted => !IsToCome;

    public EndOfEvents GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation) => SocketThread.Current!.Postpone(continuation);
}
