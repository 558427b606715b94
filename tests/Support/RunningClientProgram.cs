using System.Diagnostics;

namespace RespKv.Tests.Support;

/// <summary>A client that is a program and runs until it is ended, such as one that listens; disposing ends it.</summary>
internal sealed class RunningClientProgram : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Process process;

    private RunningClientProgram(Process process) => this.process = process;

    /// <summary>Starts a program whose output comes line by line (by <c>stdbuf</c>), not when its buffer is full.</summary>
    public static RunningClientProgram Start(string program, params string[] arguments) =>
        new(Process.Start(new ProcessStartInfo("stdbuf", ["-oL", program, .. arguments]) { RedirectStandardOutput = true })!);

    /// <summary>The next lines that it writes.</summary>
    /// <exception cref="OperationCanceledException">They did not come in time.</exception>
    public async Task<string[]> ReadLinesAsync(int count)
    {
        using var limit = new CancellationTokenSource(Limit);
        var lines = new string[count];
        for (var i = 0; i < count; i++)
            lines[i] = await process.StandardOutput.ReadLineAsync(limit.Token) ?? throw new EndOfStreamException($"It ended after {i} of {count} lines.");
        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
