using System.Diagnostics;

namespace RespKv.Tests.Support;

/// <summary>The real RespKv server, as its users start it; the build puts it beside the tests.</summary>
internal sealed class RespServerProcess : ServerProcess
{
    // Another process may take the free port between the look and the bind.
    private const int StartAttempts = 3;

    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "respkv.dll");

    private RespServerProcess()
    {
    }

    /// <summary>Starts it on a free port, at 127.0.0.1. A configuration file may be the first argument.</summary>
    public static Task<RespServerProcess> StartAsync(params string[] arguments) => StartAsync(new Dictionary<string, string?>(), arguments);

    /// <summary>The same with variables added to the environment.</summary>
    public static async Task<RespServerProcess> StartAsync(IReadOnlyDictionary<string, string?> variables, params string[] arguments)
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = new RespServerProcess { Port = FreePort.Next() };
            try
            {
                await server.LaunchAsync(variables, arguments);
                return server;
            }
            catch (InvalidOperationException) when (attempt < StartAttempts)
            {
                await server.DisposeAsync();
            }
        }
    }

    /// <summary>Starts it on a port that another had before, whose clients are to find it there.</summary>
    public static async Task<RespServerProcess> StartAgainAsync(int port, params string[] arguments)
    {
        var server = new RespServerProcess { Port = port };
        await server.LaunchAsync(new Dictionary<string, string?>(), arguments);
        return server;
    }

    /// <summary>Runs it with arguments of which it is to end by itself; its exit code and what it wrote.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => await RunAsync(new Dictionary<string, string?>(), arguments);

    /// <summary>The same with variables added to the environment.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(IReadOnlyDictionary<string, string?> variables, params string[] arguments)
    {
        var start = new ProcessStartInfo(Dotnet(), ["exec", Assembly, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in WithoutFolder(variables, arguments))
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new InvalidOperationException("It did not end: " + string.Join(' ', arguments));
        }

        return (process.ExitCode, await output, await error);
    }

    private async Task LaunchAsync(IReadOnlyDictionary<string, string?> variables, string[] arguments)
    {
        var port = Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        // Servers side by side cannot all have the default port of HTTP.
        var http = arguments.Any(argument => argument.StartsWith("--http-", StringComparison.Ordinal)) ? [] : new[] { "--http-port", "0" };
        await LaunchAsync(Dotnet(), ["exec", Assembly, .. arguments, .. http, "--port", port, "--bind", "127.0.0.1"], WithoutFolder(variables, arguments));
    }

    // Where a test is not about the data folder, there is none.
    private static IReadOnlyDictionary<string, string?> WithoutFolder(IReadOnlyDictionary<string, string?> variables, string[] arguments) =>
        arguments.Contains("--dir") || arguments.Contains("--persistence") ? variables : new Dictionary<string, string?>(variables) { ["RESPKV_PERSISTENCE"] = "off" };

    /// <summary>The <c>dotnet</c> that runs these tests, so that both use one installation; else that of the path.</summary>
    private static string Dotnet() =>
        Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";
}
