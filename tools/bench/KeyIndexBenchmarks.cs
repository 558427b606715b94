using System.Text;
using BenchmarkDotNet.Attributes;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Directory;
using RespKv.Server.Storage.Ordered;

namespace RespKv.Bench;

/// <summary>The key directory and the ordered index over a million keys: putting in and taking out one key, and a page of a thousand.</summary>
[MemoryDiagnoser]
public class KeyIndexBenchmarks : IKeySink
{
    private const int Keys = 1_000_000;
    private const int Page = 1000;

    private readonly byte[][] names = [.. Enumerable.Range(0, Keys).Select(i => Encoding.ASCII.GetBytes(Requests.Key(i)))];
    private readonly KeyDirectory directory = new();
    private readonly OrderedKeyIndex ordered = new();
    private int next;
    private int listed;

    [GlobalSetup]
    public void Fill()
    {
        foreach (var name in names)
        {
            directory.Insert(name, KeyHash.Of(name), 0, 0);
            ordered.Insert(name);
        }
    }

    [GlobalCleanup]
    public void Stop()
    {
        directory.Dispose();
        ordered.Dispose();
    }

    [Benchmark]
    public void DirectoryRemoveAndInsert()
    {
        var name = Next();
        var hash = KeyHash.Of(name);
        directory.Remove(name, hash);
        directory.Insert(name, hash, 0, 0);
    }

    [Benchmark]
    public void OrderedRemoveAndInsert()
    {
        var name = Next();
        ordered.Remove(name);
        ordered.Insert(name);
    }

    [Benchmark]
    public ulong ScanPage() => directory.Scan(KeyDirectory.PositionOfHash(KeyHash.Of(Next())), Page, nowMs: 1, this);

    [Benchmark]
    public int ListPage()
    {
        ordered.List("key:"u8, Next(), true, Page, this);
        return listed;
    }

    void IKeySink.Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired) => listed += key.Length;

    private byte[] Next() => names[next = (next + 7919) % Keys];
}
