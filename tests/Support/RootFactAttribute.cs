namespace RespKv.Tests.Support;

/// <summary>What decides whether a test that has to mount a file system runs.</summary>
internal static class Root
{
    /// <summary>Why it is skipped; null when it runs.</summary>
    public static string? SkipReason => (OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess) || Peers.AreRequired ? null : "only root may mount a file system";
}

/// <summary>A fact that needs root, to mount a file system; skipped by name without, unless <see cref="Peers.RequireVariable"/> is 1.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute() => Skip = Root.SkipReason;
}

/// <summary>A theory that needs root, to mount a file system; skipped by name without, unless <see cref="Peers.RequireVariable"/> is 1.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootTheoryAttribute : TheoryAttribute
{
    public RootTheoryAttribute() => Skip = Root.SkipReason;
}
