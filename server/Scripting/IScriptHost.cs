using RespKv.Protocol;

namespace RespKv.Server.Scripting;

/// <summary>What the server does for a running script. Called on the script's thread.</summary>
internal interface IScriptHost
{
    /// <summary>Runs a command; the result is why it was refused, or null, and then the reply is there, valid until the next call.</summary>
    string? Call(RespRequest request, out ReadOnlySpan<byte> reply);

    /// <summary>Whether the script's user may run a command; null when there is no such command.</summary>
    bool? MayCall(RespRequest request);

    /// <summary>Sets the version of the protocol that replies to the script, and of the script, are in.</summary>
    void SetProtocol(int version);

    /// <summary>Logs for the script: 0 is for debugging, 3 a warning.</summary>
    void Log(int level, string text);

    /// <summary>Told of an error that the script replies, and whether it has been counted, by the command that it came from.</summary>
    void NoteError(string text, bool isCounted);

    /// <summary>Asked from time to time while Lua runs.</summary>
    /// <param name="canPause">Whether the script can be paused where it is.</param>
    ScriptInterrupt Interrupt(bool canPause);
}

/// <summary>What is to become of a running script.</summary>
internal enum ScriptInterrupt
{
    GoOn,

    /// <summary>It is to go on later, on another thread.</summary>
    Pause,

    /// <summary>It is to end.</summary>
    Kill,
}
