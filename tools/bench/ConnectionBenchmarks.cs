using System.Net;
using System.Net.Sockets;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using RespKv.Server;

namespace RespKv.Bench;

/// <summary>
/// A pipeline over a socket of this machine, and its replies back. What is allocated is of the whole process, the server's threads included: it shows that a steady
/// connection allocates nothing for a command. Time and allocation are of one command.
/// </summary>
[MemoryDiagnoser]
public class ConnectionBenchmarks
{
    private const int Commands = 64;

    private RespServer server = null!;
    private Socket socket = null!;
    private readonly byte[] received = new byte[64 * 1024];
    private byte[] gets = [];
    private byte[] sets = [];
    private int getReplyBytes;
    private int setReplyBytes;

    [GlobalSetup]
    public async Task Start()
    {
        // As the server does it: what comes is served on the thread that receives it.
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        server = await RespServer.StartAsync(new ServerSettings { Port = 0, Bind = ["127.0.0.1"] }, TimeProvider.System, NullLogger.Instance);
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        // Not awaited: what follows would run on a socket thread, where it must not wait for the server.
        socket.Connect(new IPEndPoint(IPAddress.Loopback, server.Port));
        (gets, sets) = (Requests.Gets(Commands), Requests.Sets(Commands));
        setReplyBytes = Commands * "+OK\r\n".Length;
        getReplyBytes = Commands * ("$64\r\n".Length + Requests.ValueBytes + "\r\n".Length);
        Exchange(sets, setReplyBytes);
    }

    [GlobalCleanup]
    public async Task Stop()
    {
        socket.Dispose();
        await server.DisposeAsync();
    }

    [Benchmark(OperationsPerInvoke = Commands)]
    public void Get() => Exchange(gets, getReplyBytes);

    [Benchmark(OperationsPerInvoke = Commands)]
    public void Set() => Exchange(sets, setReplyBytes);

    private void Exchange(byte[] pipeline, int replyBytes)
    {
        socket.Send(pipeline);
        for (var missing = replyBytes; missing > 0;)
            missing -= socket.Receive(received.AsSpan(0, Math.Min(missing, received.Length)));
    }
}
