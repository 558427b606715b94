using RespKv.Tests.Support;

namespace RespKv.Tests.Http;

/// <summary>The Workers runtime and what belongs to it, as <c>npm ci</c> puts them into <c>tests/Http/node</c>.</summary>
internal static class WorkersRuntime
{
    private static readonly string Folder = Repository.PathOf("tests", "Http", "node");

    /// <summary>Why a test that needs it is skipped; null when it runs.</summary>
    public static string? SkipReason =>
        Peers.SkipReason("node") ?? (Peers.AreRequired || Directory.Exists(Path.Combine(Folder, "node_modules")) ? null : "node_modules is missing: npm ci in tests/Http/node brings it");

    /// <summary>Runs a script of that folder to its end.</summary>
    public static Task<ClientProgramResult> RunAsync(string script, params string[] arguments) =>
        ClientProgram.RunAsync("node", [Path.Combine(Folder, script), .. arguments]);
}

/// <summary>A fact that needs the Workers runtime; skipped by name where it is missing, unless <see cref="Peers.RequireVariable"/> is 1.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WorkersFactAttribute : FactAttribute
{
    public WorkersFactAttribute() => Skip = WorkersRuntime.SkipReason;
}

/// <summary>The same for a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WorkersTheoryAttribute : TheoryAttribute
{
    public WorkersTheoryAttribute() => Skip = WorkersRuntime.SkipReason;
}
