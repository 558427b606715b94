using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using RespKv.Protocol;

namespace RespKv.Crash;

/// <summary>One run of the real server on a data folder: from its start until it is killed, told to end, or ends by itself.</summary>
internal sealed class ServerRun : IAsyncDisposable
{
    private const int SigTerm = 15;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerRun(Process process, int port)
    {
        this.process = process;
        Port = port;
    }

    /// <summary>The port that it listens on, at 127.0.0.1.</summary>
    public int Port { get; }

    public int ProcessId => process.Id;

    /// <summary>Whether it has said that it is ready.</summary>
    public bool IsReady => ready.Task.IsCompletedSuccessfully;

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>All that it has written.</summary>
    public string Output
    {
        get
        {
            lock (output)
                return output.ToString();
        }
    }

    /// <summary>Starts it, without waiting for anything.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="arguments">Further arguments.</param>
    public static ServerRun Begin(string folder, params string[] arguments) => BeginUnder([], folder, arguments);

    /// <summary>The same, started by another program, such as <c>strace</c>.</summary>
    public static ServerRun BeginUnder(string[] prefix, string folder, params string[] arguments)
    {
        var port = FreePort();
        string[] command =
        [
            .. prefix, Dotnet(), "exec", Path.Combine(AppContext.BaseDirectory, "respkv.dll"), "--dir", folder, "--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", .. arguments,
        ];
        var process = new Process { StartInfo = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true } };
        var run = new ServerRun(process, port);
        process.OutputDataReceived += (_, line) => run.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => run.Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return run;
    }

    /// <summary>Starts it and waits until it serves.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; the message is what it wrote.</exception>
    public static async Task<ServerRun> StartAsync(string folder, params string[] arguments)
    {
        var run = Begin(folder, arguments);
        if (await run.UntilReadyAsync().ConfigureAwait(false))
            return run;
        var output = run.Output;
        await run.DisposeAsync().ConfigureAwait(false);
        throw new InvalidOperationException($"The server did not start.\n{output}");
    }

    /// <summary>Waits until it serves; false when it has ended instead.</summary>
    public async Task<bool> UntilReadyAsync()
    {
        var first = await Task.WhenAny(ready.Task, process.WaitForExitAsync(), Task.Delay(StartLimit)).ConfigureAwait(false);
        return first == ready.Task;
    }

    /// <summary>A new connection.</summary>
    public Task<RespClient> ConnectAsync() => RespClient.ConnectAsync("127.0.0.1", Port);

    /// <summary>Ends it at once (SIGKILL).</summary>
    public async Task KillAsync()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>Asks it to end (SIGTERM).</summary>
    /// <returns>How long that took.</returns>
    public async Task<TimeSpan> StopAsync()
    {
        var since = Stopwatch.StartNew();
        _ = Signal(process.Id, SigTerm);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return since.Elapsed;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync().ConfigureAwait(false);
        process.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private static string Dotnet() => Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";

    private void Keep(string? line)
    {
        if (line is null)
            return;
        lock (output)
            output.AppendLine(line);
        if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
            ready.TrySetResult();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int processId, int signal);
}
