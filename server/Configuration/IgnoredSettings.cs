namespace RespKv.Server.Configuration;

/// <summary>What was given at the start and is not acted on, for the log to name.</summary>
internal sealed class IgnoredSettings
{
    /// <summary>Names of Redis's parameters and directives that have no effect here.</summary>
    public SortedSet<string> WithoutEffect { get; } = new(StringComparer.Ordinal);

    /// <summary>Directives that are none of Redis's either, each with the line of the file that has it: perhaps misspelt.</summary>
    public List<string> Unknown { get; } = [];
}
