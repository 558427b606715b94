using System.Diagnostics;

namespace RespKv.Tests.Support;

/// <summary>A client that is a program of its own, run to its end.</summary>
internal static class ClientProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Runs a program whose input is a text, and gives what it ended with and wrote.</summary>
    /// <exception cref="InvalidOperationException">It did not end in time; it was killed.</exception>
    public static async Task<ClientProgramResult> RunAsync(string program, IEnumerable<string> arguments, string input = "")
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await WriteAsync(process, input, limit.Token);
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{program} did not end in time.\n{await output}{await error}");
        }

        return new ClientProgramResult(process.ExitCode, await output, await error);
    }

    private static async Task WriteAsync(Process process, string input, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read all; its exit code tells why.
        }
    }
}

/// <summary>What a program ended with and wrote.</summary>
internal sealed record ClientProgramResult(int ExitCode, string Output, string Error)
{
    /// <summary>The lines of the output, without the empty ones at its end.</summary>
    public string[] Lines => Output.TrimEnd('\n').Split('\n');

    /// <summary>Fails with all that the program wrote unless it ended with 0.</summary>
    public ClientProgramResult Succeeded()
    {
        Assert.True(ExitCode == 0, $"It ended with {ExitCode}.\n{Output}{Error}");
        return this;
    }
}
