using System.Threading.Tasks.Sources;

namespace RespKv.Server.Storage.Durability;

/// <summary>One connection's wait for the log, used again and again; what waits goes on on a worker.</summary>
internal sealed class LogWaiter : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> core = new() { RunContinuationsAsynchronously = true };

    /// <summary>Position up to which the log has to be there.</summary>
    public ulong Need { get; private set; }

    /// <summary>Begins a wait; the one before is over.</summary>
    public ValueTask Begin(ulong need)
    {
        core.Reset();
        Need = need;
        return new ValueTask(this, core.Version);
    }

    public void Complete() => core.SetResult(true);

    public void Fail(Exception error) => core.SetException(error);

    void IValueTaskSource.GetResult(short token) => core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, state, token, flags);
}
