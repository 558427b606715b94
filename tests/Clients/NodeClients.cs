using RespKv.Tests.Support;

namespace RespKv.Tests.Clients;

/// <summary>The Redis clients of Node.js, as <c>npm ci</c> puts them into <c>tests/Clients/node</c>.</summary>
internal static class NodeClients
{
    private static readonly string Folder = Repository.PathOf("tests", "Clients", "node");

    /// <summary>Why a test that needs them is skipped; null when it runs.</summary>
    public static string? SkipReason =>
        Peers.SkipReason("node") ?? (Peers.AreRequired || Directory.Exists(Path.Combine(Folder, "node_modules")) ? null : "node_modules is missing: npm ci in tests/Clients/node brings it");

    /// <summary>Runs a script of theirs to its end.</summary>
    public static Task<ClientProgramResult> RunAsync(string script, params string[] arguments) =>
        ClientProgram.RunAsync("node", [Path.Combine(Folder, script), .. arguments]);
}

/// <summary>A theory that needs Node.js and its clients; skipped by name where they are missing, unless <see cref="Peers.RequireVariable"/> is 1.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NodeTheoryAttribute : TheoryAttribute
{
    public NodeTheoryAttribute() => Skip = NodeClients.SkipReason;
}
