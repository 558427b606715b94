using System.Runtime.CompilerServices;

namespace RespKv.Server.Net;

/// <summary>Awaited to go on on a thread pool worker, behind the work that is queued there.</summary>
internal readonly struct ThreadPoolHop : ICriticalNotifyCompletion
{
    public ThreadPoolHop GetAwaiter() => this;

    public bool IsCompleted => false;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation) =>
        ThreadPool.UnsafeQueueUserWorkItem(static go => go(), continuation, preferLocal: false);
}
