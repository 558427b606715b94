using System.Diagnostics;
using RespKv.Tests.Support;

namespace RespKv.Tests.Clients;

/// <summary>The Redis client of Python, redis-py, where the system's Python or the one in the path has it.</summary>
internal static class PythonClients
{
    // Debian's package serves Debian's Python, which another one may hide in the path.
    private static readonly string[] Candidates = ["/usr/bin/python3", "python3"];

    private static readonly Lazy<string?> Interpreter = new(() => Candidates.FirstOrDefault(HasRedis));

    /// <summary>Why a test that needs it is skipped; null when it runs.</summary>
    public static string? SkipReason => Peers.AreRequired || Interpreter.Value != null ? null : "python3-redis is not installed";

    /// <summary>Runs a script to its end.</summary>
    public static Task<ClientProgramResult> RunAsync(string script, params string[] arguments) =>
        ClientProgram.RunAsync(Interpreter.Value ?? Candidates[0], [Repository.PathOf("tests", "Clients", "python", script), .. arguments]);

    private static bool HasRedis(string interpreter)
    {
        try
        {
            using var probe = Process.Start(new ProcessStartInfo(interpreter, ["-c", "import redis"]) { RedirectStandardError = true })!;
            _ = probe.StandardError.ReadToEnd();
            probe.WaitForExit();
            return probe.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>A fact that needs redis-py; skipped by name where it is missing, unless <see cref="Peers.RequireVariable"/> is 1.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute() => Skip = PythonClients.SkipReason;
}
