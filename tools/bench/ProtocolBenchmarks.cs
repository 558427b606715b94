using System.Buffers;
using BenchmarkDotNet.Attributes;
using RespKv.Protocol;
using RespKv.Server.Commands;

namespace RespKv.Bench;

/// <summary>Finding requests in bytes, finding their commands, and writing replies; of one request or reply.</summary>
[MemoryDiagnoser]
public class ProtocolBenchmarks
{
    private const int Count = 64;

    private readonly RespRequestReader reader = new();
    private readonly RespRequest request = new();
    private readonly RespReplyWriter reply = new(new Discarded());
    private readonly CommandTable commands = new();
    private readonly byte[] sets = Requests.Sets(Count);
    private readonly byte[] value = new byte[Requests.ValueBytes];

    [Benchmark(OperationsPerInvoke = Count)]
    public int Parse()
    {
        var arguments = 0;
        for (var start = 0; start < sets.Length; start += reader.Consumed)
        {
            reader.Read(sets, start, sets.Length - start, request);
            arguments += request.Length;
        }

        return arguments;
    }

    [Benchmark]
    public object? FindCommand() => commands.Find("GET"u8);

    [Benchmark(OperationsPerInvoke = Count)]
    public void BulkStrings()
    {
        for (var i = 0; i < Count; i++)
            reply.BulkString(value);
        reply.Commit();
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public void Integers()
    {
        for (var i = 0; i < Count; i++)
            reply.Integer(i * 1000L);
        reply.Commit();
    }

    private sealed class Discarded : IBufferWriter<byte>
    {
        private readonly byte[] block = new byte[64 * 1024];

        public void Advance(int count)
        {
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => block;

        public Span<byte> GetSpan(int sizeHint = 0) => block;
    }
}
