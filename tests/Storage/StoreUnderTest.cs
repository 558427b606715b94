using System.Text;
using Microsoft.Extensions.Time.Testing;
using RespKv.Server.Kv;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Tests.Storage;

/// <summary>A store in this process with a clock that tests set. Nothing works for it in the background: tests clean and reclaim when they want it.</summary>
internal sealed class StoreUnderTest : IDisposable
{
    private readonly StoreSession session;
    private readonly SetUpdate set = new();
    private readonly DeleteUpdate delete = new();
    private readonly CaptureReader reader = new();

    /// <param name="spillFolder">Where records go that memory has no room for; null where there is no such place.</param>
    public StoreUnderTest(string? spillFolder = null)
    {
        Store = new FasterStore(Settings, Clock, spillFolder);
        Keys = Store.NewKeyset();
        session = Store.Lease();
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public StoreSettings Settings { get; } = new() { Policy = EvictionPolicy.NoEviction };

    public FasterStore Store { get; }

    public Keyset Keys { get; set; }

    public long NowMs => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>Bytes that differ from key to key and from length to length.</summary>
    public static byte[] ValueOf(string key, int length)
    {
        var value = new byte[length];
        new Random(HashCode.Combine(key.Length, length, Bytes(key).Aggregate(17, (sum, b) => (sum * 31) + b)) & int.MaxValue).NextBytes(value);
        return value;
    }

    public void Set(string key, byte[] value, long expiresAtMs = 0) => Update(key, set.For(value, expiresAtMs));

    /// <summary>As SET without conditions does it.</summary>
    public void Overwrite(string key, byte[] value, long expiresAtMs = 0) => Batch(s => s.Overwrite(Keys, Bytes(key), set.For(value, expiresAtMs)));

    public bool Delete(string key)
    {
        Update(key, delete);
        return delete.HasDeleted;
    }

    public byte[]? Get(string key)
    {
        var found = false;
        Batch(s => found = s.Read(Keys, Bytes(key), reader.Whole()));
        return found ? reader.Value.Span.ToArray() : null;
    }

    public void Update(string key, RecordUpdate update) => Batch(s => s.Update(Keys, Bytes(key), update));

    /// <summary>Does in a batch of its own, on a thread of its own, what another client would do.</summary>
    public void UpdateElsewhere(string key, RecordUpdate update)
    {
        var thread = new Thread(() =>
        {
            var other = Store.Lease();
            other.BeginBatch();
            other.Update(Keys, Bytes(key), update);
            other.EndBatch();
            Store.Return(other);
        });
        thread.Start();
        thread.Join();
    }

    public void Batch(Action<StoreSession> work)
    {
        session.BeginBatch();
        try
        {
            work(session);
        }
        finally
        {
            session.EndBatch();
        }
    }

    /// <summary>Lets the cleaner work until it sees no more to do.</summary>
    public void Clean()
    {
        while (Store.Cleaner.CleanSlice())
        {
            // Each call is a slice.
        }
    }

    /// <summary>Leaves garbage behind that is worth cleaning, whatever else is in the log.</summary>
    public void MakeGarbage()
    {
        var block = new byte[200_000];
        var needed = (Store.LiveBytes / 2) + (20L * FasterStore.PageBytes);
        for (var made = 0L; made < needed; made += block.Length)
        {
            Set("garbage", block);
            // A slot that is much too large is given up.
            Set("garbage", []);
        }

        Delete("garbage");
    }

    public void Dispose()
    {
        Store.Return(session);
        Store.Dispose();
    }
}
