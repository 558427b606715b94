using System.IO.Enumeration;

namespace RespKv.Tests.Compatibility;

/// <summary>Replies of RespKv that differ from Redis's because we mean them to. An entry that no longer differs fails its scenario.</summary>
internal static class IntendedDifferences
{
    public static readonly IReadOnlyList<IntendedDifference> All =
    [
        new("keys-scan.txt", "SCAN: errors", "SCAN -1", "From 7.4 on a cursor is a number without a sign."),
        new("keys-scan.txt", "SCAN: errors", "SCAN \"\"", "From 7.4 on a cursor is a number, not nothing."),
        new("messages.txt", "A publisher that subscribes itself", "*", "From 7.2 on a RESP3 client gets its own message behind the reply."),
    ];
}

/// <summary>Where replies differ, and why; in the patterns <c>*</c> stands for any text.</summary>
/// <param name="File">The exchange file's name.</param>
/// <param name="Scenario">The scenario's title.</param>
/// <param name="Command">The step as written in the file.</param>
/// <param name="Reason">Why we mean it.</param>
internal sealed record IntendedDifference(string File, string Scenario, string Command, string Reason)
{
    public bool Covers(ExchangeScenario scenario, ExchangeStep step) =>
        FileSystemName.MatchesSimpleExpression(File, scenario.File)
        && FileSystemName.MatchesSimpleExpression(Scenario, scenario.Title)
        && FileSystemName.MatchesSimpleExpression(Command, step.Text);
}
