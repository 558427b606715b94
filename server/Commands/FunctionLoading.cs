using System.Diagnostics;
using RespKv.Protocol;
using RespKv.Server.Scripting;

namespace RespKv.Server.Commands;

/// <summary>Serves a library while it is loaded: it may log, and register functions, for half a second; one that was kept, and so has been loaded before, for as long as it takes.</summary>
internal sealed class FunctionLoading(ServerState server, bool isKept) : IScriptHost
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(500);

    private readonly long began = Stopwatch.GetTimestamp();

    /// <summary>Whether it took too long.</summary>
    public bool IsOverdue { get; private set; }

    public string? Call(RespRequest request, out ReadOnlySpan<byte> reply)
    {
        reply = default;
        return "redis.call/pcall can only be called inside a script invocation";
    }

    public bool? MayCall(RespRequest request) => null;

    public void SetProtocol(int version)
    {
    }

    public void NoteError(string text, bool isCounted)
    {
    }

    public void Log(int level, string text) => Telemetry.Log.Script(server.Logger, level, text);

    public ScriptInterrupt Interrupt(bool canPause)
    {
        IsOverdue |= !isKept && Stopwatch.GetElapsedTime(began) > Limit;
        return IsOverdue ? ScriptInterrupt.Kill : ScriptInterrupt.GoOn;
    }
}
