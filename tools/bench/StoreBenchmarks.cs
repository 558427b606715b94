using System.Text;
using BenchmarkDotNet.Attributes;
using RespKv.Server.Kv;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Bench;

/// <summary>The store's operations on a million keys of 16 bytes with values of 64: more than the processor's caches hold. Of one operation.</summary>
[MemoryDiagnoser]
public class StoreBenchmarks
{
    private const int Keys = 1_000_000;
    private const int Operations = 1024;

    private readonly byte[][] names = new byte[Keys][];
    private readonly LengthReader length = new();
    private readonly SetUpdate set = new();
    private readonly IncrementUpdate increment = new();
    private readonly byte[] value = new byte[Requests.ValueBytes];
    private FasterStore store = null!;
    private StoreSession session = null!;
    private Keyset keys = null!;
    private Keyset counters = null!;
    private int next;

    [GlobalSetup]
    public void Fill()
    {
        store = new FasterStore(new StoreSettings(), TimeProvider.System);
        session = store.Lease();
        (keys, counters) = (store.NewKeyset(), store.NewKeyset());
        for (var i = 0; i < Keys; i++)
            names[i] = Encoding.ASCII.GetBytes(Requests.Key(i));
        for (var i = 0; i < Keys; i += Operations)
        {
            session.BeginBatch();
            for (var k = i; k < Math.Min(i + Operations, Keys); k++)
                session.Overwrite(keys, names[k], set.For(value));
            session.EndBatch();
            store.GrowIndexIfCrowded(session);
        }
    }

    [GlobalCleanup]
    public void Stop() => store.Dispose();

    [Benchmark(OperationsPerInvoke = Operations)]
    public int Read() => Batch(name => session.Read(keys, name, length));

    [Benchmark(OperationsPerInvoke = Operations)]
    public int Overwrite() => Batch(name => session.Overwrite(keys, name, set.For(value)));

    [Benchmark(OperationsPerInvoke = Operations)]
    public int Update() => Batch(name => session.Update(counters, name, increment.By(1)));

    private int Batch(Action<byte[]> operation)
    {
        session.BeginBatch();
        for (var i = 0; i < Operations; i++)
        {
            // A prime stride: each key is far from the one before.
            next = (next + 7919) % Keys;
            operation(names[next]);
        }

        session.EndBatch();
        return next;
    }

    private sealed class LengthReader : RecordReader
    {
        public int Length { get; private set; }

        public override void Read(in Record record) => Length = record.Value.Length;
    }
}
