using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace RespKv.Load;

/// <summary>
/// A server to send traffic to: started here on a free port and stopped in the end, or one that was running and is left alone.
/// </summary>
internal sealed class ServerUnderTest : IDisposable
{
    private const int StopSignal = 15;
    private const int OutputLinesKept = 20;
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(10);

    private readonly Process? process;
    private readonly string? folder;
    private readonly Queue<string> lastOutput = new();
    private int isDisposed;

    private ServerUnderTest(ServerSpec spec)
    {
        Name = spec.Name;
        ProcessId = spec.ProcessId;
        if (spec.Command is null)
        {
            Address = Resolve(spec.Address!);
            return;
        }

        Address = new IPEndPoint(IPAddress.Loopback, FreePort());
        folder = Directory.CreateTempSubdirectory("respkv-load-").FullName;
        process = Start(spec.Command);
        ProcessId = process.Id;
    }

    public string Name { get; }

    public IPEndPoint Address { get; }

    /// <summary>Of the process whose CPU is measured, or null.</summary>
    public int? ProcessId { get; }

    /// <summary>Starts the server if it is ours to start, and waits until it answers PING.</summary>
    /// <exception cref="InvalidOperationException">It ended or did not answer in time; the message holds what it printed.</exception>
    public static ServerUnderTest Start(ServerSpec spec)
    {
        var server = new ServerUnderTest(spec);
        try
        {
            server.WaitUntilItAnswers();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Stops the server if it was started here. Safe to call from the thread of a signal too.</summary>
    public void Dispose()
    {
        if (process is null || Interlocked.Exchange(ref isDisposed, 1) == 1)
        {
            return;
        }

        if (!process.HasExited && (kill(process.Id, StopSignal) != 0 || !process.WaitForExit(StopMax)))
        {
            process.Kill();
            process.WaitForExit(StopMax);
        }

        process.Dispose();
        Directory.Delete(folder!, recursive: true);
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
            lastOutput.Enqueue(received.Data ?? "");
            if (lastOutput.Count > OutputLinesKept)
            {
                lastOutput.Dequeue();
            }
        }
    }

    private void WaitUntilItAnswers()
    {
        var start = Stopwatch.GetTimestamp();
        while (!Answers())
        {
            if (process is { HasExited: true } || Stopwatch.GetElapsedTime(start) > StartMax)
            {
                lock (lastOutput)
                {
                    throw new InvalidOperationException($"{Name} does not answer on {Address}. {string.Join('\n', lastOutput)}".Trim());
                }
            }

            Thread.Sleep(50);
        }
    }

    // Anything but +PONG, such as -LOADING, means "not yet".
    private bool Answers()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 1000 };
        try
        {
            socket.Connect(Address);
            socket.Send("*1\r\n$4\r\nPING\r\n"u8);
            Span<byte> reply = stackalloc byte[64];
            return reply[..socket.Receive(reply)].StartsWith("+PONG"u8);
        }
        catch (SocketException)
        {
            return false;
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

    [DllImport("libc")]
    private static extern int kill(int processId, int signal);
}
