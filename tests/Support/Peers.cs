namespace RespKv.Tests.Support;

/// <summary>The other programs that some tests need, and what happens to such a test without them.</summary>
internal static class Peers
{
    /// <summary>Set to 1 where the peers must be there (the build server): a test without its peer then runs and fails.</summary>
    public const string RequireVariable = "RESPKV_REQUIRE_PEERS";

    /// <summary>Whether the peers must be there.</summary>
    public static bool AreRequired => Environment.GetEnvironmentVariable(RequireVariable) == "1";

    /// <summary>Whether a program of this name is in the path.</summary>
    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Why a test that needs the program is skipped; null when it runs.</summary>
    public static string? SkipReason(string program) => IsInstalled(program) || AreRequired ? null : program + " is not installed";
}

/// <summary>A fact that needs another program; skipped by name where it is missing, unless <see cref="Peers.RequireVariable"/> is 1.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PeerFactAttribute : FactAttribute
{
    public PeerFactAttribute(string program = RedisServerProcess.Program) => Skip = Peers.SkipReason(program);
}

/// <summary>A theory that needs another program; skipped by name where it is missing, unless <see cref="Peers.RequireVariable"/> is 1.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PeerTheoryAttribute : TheoryAttribute
{
    public PeerTheoryAttribute(string program = RedisServerProcess.Program) => Skip = Peers.SkipReason(program);
}
