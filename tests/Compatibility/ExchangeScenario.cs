namespace RespKv.Tests.Compatibility;

/// <summary>A named part of an exchange file: it begins with an empty database and fresh connections.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Steps">What is sent and read, in order.</param>
/// <param name="IsResp3">Whether all its connections speak RESP3.</param>
/// <param name="Needs">A command that it cannot do without; null for none beyond those it tests.</param>
internal sealed record ExchangeScenario(string File, string Title, IReadOnlyList<ExchangeStep> Steps, bool IsResp3, string? Needs = null);

/// <summary>One thing that is done on both sides, and how the replies are compared.</summary>
/// <param name="Line">Its line in the file.</param>
/// <param name="Text">The command or directive, as written.</param>
/// <param name="Action">What is done.</param>
/// <param name="Connection">The connection it is done on; opened at first use.</param>
/// <param name="Words">The command's arguments, or the one element that is raw bytes; may hold <c>${...}</c>.</param>
/// <param name="Comparison">How the replies are compared.</param>
/// <param name="SaveAs">The variable that each side keeps its reply in, or null.</param>
/// <param name="Expected">The documented reply of what is new in a version of Redis; else null.</param>
/// <param name="Since">That version; a peer that has it must give the documented reply too.</param>
internal sealed record ExchangeStep(
    int Line,
    string Text,
    ExchangeAction Action,
    string Connection,
    IReadOnlyList<byte[]> Words,
    ReplyComparison Comparison,
    string? SaveAs,
    byte[]? Expected,
    Version? Since = null);

/// <summary>What a step does.</summary>
internal enum ExchangeAction
{
    /// <summary>Sends a command and reads a reply.</summary>
    Command,

    /// <summary>Sends a command and reads nothing.</summary>
    Silent,

    /// <summary>Sends bytes and reads a reply.</summary>
    Raw,

    /// <summary>Sends bytes and reads nothing.</summary>
    RawSilent,

    /// <summary>Sends bytes and reads until the server closes the connection.</summary>
    RawClose,

    /// <summary>Reads one further message.</summary>
    Push,

    /// <summary>Closes the connection; its name then stands for a new one.</summary>
    Close,

    /// <summary>Waits for as many milliseconds as its one word says.</summary>
    Sleep,
}
