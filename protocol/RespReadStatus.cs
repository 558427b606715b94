namespace RespKv.Protocol;

/// <summary>What <see cref="RespRequestReader"/> found.</summary>
public enum RespReadStatus
{
    /// <summary>A whole request; it may be empty (<c>*0</c>, an empty line), which has no reply.</summary>
    Done,

    /// <summary>The beginning of a request; call again, from the same first byte, when more has arrived.</summary>
    NeedMoreData,

    /// <summary>Not a request; the connection is to be told <see cref="RespRequestReader.Error"/> and closed.</summary>
    Invalid,
}
