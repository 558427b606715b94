using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace RespKv.Load;

/// <summary>
/// A server to send traffic to: started here on a free port and stopped in the end, or one that was running and is left alone.
/// </summary>
internal sealed partial class ServerUnderTest : IDisposable
{
    private const int StopSignal = 15;
    private const int OutputLinesKept = 20;
    private const int ReplyBytesMax = 16 * 1024;
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan EndMax = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(10);

    private readonly Process? process;
    private readonly string? folder;
    private readonly bool ownsFolder;
    private readonly Queue<string> lastOutput = new();
    private readonly Lock stopping = new();
    private bool isStopped;

    /// <summary>Starts the server if it is ours to start.</summary>
    /// <param name="spec">What to start.</param>
    /// <param name="keptFolder">The folder that takes the place of <c>{dir}</c> and stays; by default an empty one, removed in the end.</param>
    public ServerUnderTest(ServerSpec spec, string? keptFolder = null)
    {
        Name = spec.Name;
        ProcessId = spec.ProcessId;
        if (spec.Command is null)
        {
            Address = Resolve(spec.Address!);
            return;
        }

        Address = new IPEndPoint(IPAddress.Loopback, FreePort());
        ownsFolder = keptFolder is null;
        folder = keptFolder ?? Directory.CreateTempSubdirectory("respkv-load-").FullName;
        process = Start(spec.Command);
        ProcessId = process.Id;
    }

    public string Name { get; }

    public IPEndPoint Address { get; }

    /// <summary>Of the process whose CPU is measured, or null.</summary>
    public int? ProcessId { get; }

    /// <exception cref="InvalidOperationException">It ended or did not answer in time; the message holds what it printed.</exception>
    public void WaitUntilItAnswers() => WaitUntilItAnswers(StartMax, TimeSpan.FromMilliseconds(50));

    /// <summary>The same with another limit, asking once in <paramref name="interval"/>.</summary>
    /// <exception cref="InvalidOperationException">It ended or did not answer in time; the message holds what it printed.</exception>
    public void WaitUntilItAnswers(TimeSpan limit, TimeSpan interval)
    {
        var start = Stopwatch.GetTimestamp();
        while (!Answers())
        {
            if (process is { HasExited: true } || Stopwatch.GetElapsedTime(start) > limit)
            {
                throw new InvalidOperationException($"{Name} does not answer on {Address}.\n{LastWords()}".TrimEnd());
            }

            Thread.Sleep(interval);
        }
    }

    /// <summary>The version that the server says it is, in its own name where it has one beside the Redis version it imitates.</summary>
    public string Version()
    {
        var versions = VersionLine().Matches(Info("server") + Info("respkv"));
        var own = versions.FirstOrDefault(match => match.Groups["product"].Value != "redis") ?? versions.FirstOrDefault();
        return own is null ? "version unknown" : $"{own.Groups["product"]} {own.Groups["version"]}";
    }

    /// <summary>A section of INFO, as it came; empty when it did not.</summary>
    public string Info(string section) => Ask(Encoding.ASCII.GetBytes($"*2\r\n$4\r\nINFO\r\n${section.Length}\r\n{section}\r\n"));

    /// <summary>The last lines that a server started here has printed, if it has ended; else nothing.</summary>
    public string LastWords()
    {
        lock (stopping)
        {
            if (process is null || isStopped || !process.WaitForExit(EndMax))
            {
                return "";
            }
        }

        lock (lastOutput)
        {
            return string.Join('\n', lastOutput);
        }
    }

    /// <summary>
    /// Stops the server if it was started here, and returns when it has ended. The thread of a signal may call it too: whoever comes
    /// second waits, so that this process does not end first.
    /// </summary>
    public void Dispose() => End(killed: false);

    /// <summary>Ends the server as a crash would: nothing that it would do when it stops is done.</summary>
    public void Kill() => End(killed: true);

    private void End(bool killed)
    {
        lock (stopping)
        {
            if (process is null || isStopped)
            {
                return;
            }

            isStopped = true;
            Stop(process, killed);
            if (ownsFolder)
            {
                Directory.Delete(folder!, recursive: true);
            }
        }
    }

    private static void Stop(Process process, bool killed)
    {
        if (!process.HasExited && (killed || kill(process.Id, StopSignal) != 0 || !process.WaitForExit(StopMax)))
        {
            process.Kill();
            process.WaitForExit(StopMax);
        }

        process.Dispose();
    }

    private Process Start(string command)
    {
        // The shell replaces itself with the server, so that the process id is the server's.
        var line = command
            .Replace(ServerSpec.Port, $"{Address.Port}", StringComparison.Ordinal)
            .Replace(ServerSpec.Folder, folder, StringComparison.Ordinal);
        var started = new Process
        {
            StartInfo = new ProcessStartInfo("/bin/sh", ["-c", "exec " + line])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        started.OutputDataReceived += KeepOutput;
        started.ErrorDataReceived += KeepOutput;
        started.Start();
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        return started;
    }

    private void KeepOutput(object sender, DataReceivedEventArgs received)
    {
        lock (lastOutput)
        {
            if (received.Data is not null)
            {
                lastOutput.Enqueue(received.Data);
            }

            if (lastOutput.Count > OutputLinesKept)
            {
                lastOutput.Dequeue();
            }
        }
    }

    // Anything but +PONG, such as -LOADING, means "not yet".
    private bool Answers() => Ask("*1\r\n$4\r\nPING\r\n"u8).StartsWith("+PONG", StringComparison.Ordinal);

    /// <summary>What came first in answer to <paramref name="request"/>; empty when nothing did.</summary>
    private string Ask(ReadOnlySpan<byte> request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 1000 };
        try
        {
            socket.Connect(Address);
            socket.Send(request);
            var reply = new byte[ReplyBytesMax];
            return Encoding.Latin1.GetString(reply, 0, socket.Receive(reply));
        }
        catch (SocketException)
        {
            return "";
        }
    }

    private static IPEndPoint Resolve(DnsEndPoint address) =>
        new(Dns.GetHostAddresses(address.Host, AddressFamily.InterNetwork)[0], address.Port);

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    [GeneratedRegex(@"^(?!gcc)(?<product>[a-z]+)_version:(?<version>\S+)", RegexOptions.Multiline)]
    private static partial Regex VersionLine();

    [DllImport("libc")]
    private static extern int kill(int processId, int signal);
}
