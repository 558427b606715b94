using System.IO.Enumeration;

namespace RespKv.Tests.Compatibility;

/// <summary>Replies of RespKv that differ from Redis's because we mean them to. An entry that no longer differs fails its scenario.</summary>
internal static class IntendedDifferences
{
    public static readonly IReadOnlyList<IntendedDifference> All = [];
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
