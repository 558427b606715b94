using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using RespKv.Protocol;
using RespKv.Server.Commands;
using RespKv.Server.Net;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Bench;

/// <summary>
/// A pipeline from its bytes to those of its replies, without a socket: parse, dispatch, store, reply. Time and allocation are of one command. The keys are few, so they
/// are in the processor's caches.
/// </summary>
[MemoryDiagnoser]
public class CommandPathBenchmarks
{
    private const int Commands = 64;

    private readonly RespRequestReader reader = new();
    private readonly RespReplyWriter reply = new(new DiscardedReplies());
    private readonly RequestBytes held = new();
    private RespRequest request = new();
    private FasterStore store = null!;
    private ServerState server = null!;
    private CommandContext context = null!;
    private byte[] pings = [];
    private byte[] gets = [];
    private byte[] sets = [];
    private byte[] increments = [];

    [GlobalSetup]
    public void Start()
    {
        store = new FasterStore(new StoreSettings(), TimeProvider.System);
        server = new ServerState(store, databases: 16, NullLogger.Instance);
        context = server.Lease();
        context.Client = new Client(1, new NoConnection(), server.Namespaces.Default, server.Access.Users.Default) { IsAuthenticated = true };
        context.Reply = context.Output = reply;
        pings = Requests.Pipeline(Commands, _ => ["PING"]);
        (gets, sets, increments) = (Requests.Gets(Commands), Requests.Sets(Commands), Requests.Increments(Commands));
        Run(sets);
    }

    [GlobalCleanup]
    public void Stop() => store.Dispose();

    /// <summary>What all commands pay: parsing, dispatch and a reply, and no store.</summary>
    [Benchmark(OperationsPerInvoke = Commands)]
    public void Ping() => Run(pings);

    [Benchmark(OperationsPerInvoke = Commands)]
    public void Get() => Run(gets);

    [Benchmark(OperationsPerInvoke = Commands)]
    public void Set() => Run(sets);

    [Benchmark(OperationsPerInvoke = Commands)]
    public void Increment() => Run(increments);

    private void Run(byte[] pipeline)
    {
        var ahead = RequestsAhead.OfThread;
        var session = context.Keyspace.Session;
        session.BeginBatch();
        for (var start = 0; start < pipeline.Length;)
        {
            ahead.Find(held, reader, ref request, pipeline, ref start, pipeline.Length);
            for (var i = 0; i < ahead.Count; i++)
            {
                context.Request = ahead[i];
                CommandExecutor.Execute(context);
            }
        }

        session.EndBatch();
        reply.Commit();
    }

    private sealed class NoConnection : IClientConnection
    {
        public long PendingOutputBytes => 0;

        public long PendingInputBytes => 0;

        public bool IsEnding => false;

        public bool Post(Message message, Subscription? subscription) => true;

        public void TakeMail()
        {
        }

        public void Abort()
        {
        }
    }
}
