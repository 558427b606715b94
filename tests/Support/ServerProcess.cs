using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using RespKv.Protocol;

namespace RespKv.Tests.Support;

/// <summary>A server in a process of its own, ready to accept connections. Disposing ends it: SIGTERM by its pid, SIGKILL if that is not heeded.</summary>
internal abstract partial class ServerProcess : IAsyncDisposable
{
    /// <summary>The signal of a terminal that is closed.</summary>
    public const int SigHup = 1;

    /// <summary>The signal of a Ctrl-C.</summary>
    public const int SigInt = 2;

    /// <summary>The signal that asks a process to end.</summary>
    public const int SigTerm = 15;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);

    private readonly Process process = new();
    private readonly StringBuilder output = new();
    private readonly StringBuilder error = new();
    private readonly TaskCompletionSource<string> readyLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The TCP port that it listens on, at 127.0.0.1.</summary>
    public int Port { get; protected set; }

    /// <summary>The process's id.</summary>
    public int ProcessId => process.Id;

    /// <summary>Whether it has ended, by itself or by a signal.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>What it ended with; known once it has exited.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>All lines it has written to its standard output.</summary>
    public string Output => Text(output);

    /// <summary>All lines it has written to its standard error.</summary>
    public string Error => Text(error);

    /// <summary>A new connection to it.</summary>
    public Task<RespClient> ConnectAsync() => RespClient.ConnectAsync("127.0.0.1", Port);

    /// <summary>Asks it to end and waits for that; kills it when it takes longer than ten seconds.</summary>
    public async Task StopAsync(int signal = SigTerm)
    {
        if (!process.HasExited)
            _ = Signal(process.Id, signal);
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <summary>Sends it a signal.</summary>
    public void Signal(int signal) => _ = Signal(process.Id, signal);

    /// <summary>Waits until it has ended by itself.</summary>
    public async Task ExitedAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit);
        await process.WaitForExitAsync(limit.Token);
    }

    /// <summary>Ends it at once, as a crash would (SIGKILL).</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        process.Dispose();
    }

    /// <summary>Starts the program and waits for the line that says it is ready, which is the result.</summary>
    /// <exception cref="InvalidOperationException">It ended, or did not say so in time; the message holds what it wrote.</exception>
    protected async Task<string> LaunchAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? variables = null)
    {
        process.StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables ?? new Dictionary<string, string?>())
            process.StartInfo.Environment[name] = value;
        process.OutputDataReceived += (_, line) => Keep(output, line.Data);
        process.ErrorDataReceived += (_, line) => Keep(error, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var first = await Task.WhenAny(readyLine.Task, process.WaitForExitAsync(), Task.Delay(StartLimit));
        if (first == readyLine.Task)
            return await readyLine.Task;
        var what = process.HasExited ? $"ended with {process.ExitCode}" : "was not ready in time";
        if (!process.HasExited)
            await KillAsync();
        throw new InvalidOperationException($"{program} {what}.\n{Output}{Error}");
    }

    private void Keep(StringBuilder lines, string? line)
    {
        if (line is null)
            return;
        lock (lines)
            lines.AppendLine(line);
        if (line.Contains("Ready to accept connections", StringComparison.Ordinal))
            readyLine.TrySetResult(line);
    }

    private static string Text(StringBuilder lines)
    {
        lock (lines)
            return lines.ToString();
    }

    /// <summary>The port at the end of a line such as <c>... on 127.0.0.1:6379</c>.</summary>
    protected static int PortAtEndOf(string line) =>
        PortPattern().Match(line) is { Success: true } match
            ? int.Parse(match.Groups[1].ValueSpan, provider: System.Globalization.CultureInfo.InvariantCulture)
            : throw new InvalidOperationException("No port at the end of: " + line);

    [GeneratedRegex(@":(\d+)\s*$")]
    private static partial Regex PortPattern();

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Signal(int processId, int signal);
}
