using System.Runtime.Intrinsics.X86;
using RespKv.Server.Kv;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Tests.Storage;

/// <summary>Fetching ahead goes by fields of FASTER that are not public; it switches itself off without them, which nobody would notice but for this.</summary>
public sealed class IndexPrefetchTests
{
    private const int KeysBeyondTheFirstIndex = 400_000;

    [Fact]
    public void Keys_can_be_fetched_ahead_before_and_after_the_index_has_grown()
    {
        using var store = new FasterStore(new StoreSettings(), TimeProvider.System);
        var before = store.Prefetch.IsAvailable;
        var indexBytes = store.IndexBytes;

        Fill(store);

        Assert.True(store.IndexBytes > indexBytes);
        Assert.Equal((Sse.IsSupported, Sse.IsSupported), (before, store.Prefetch.IsAvailable));
    }

    private static void Fill(FasterStore store)
    {
        var session = store.Lease();
        var keys = store.NewKeyset();
        var set = new SetUpdate();
        session.BeginBatch();
        for (var i = 0; i < KeysBeyondTheFirstIndex; i++)
        {
            var key = BitConverter.GetBytes(i);
            session.NoteAhead(keys, key);
            session.FetchAhead();
            session.Overwrite(keys, key, set.For(key));
        }

        session.EndBatch();
        store.GrowIndexIfCrowded(session);
        session.BeginBatch();
        session.NoteAhead(keys, BitConverter.GetBytes(1));
        session.FetchAhead();
        session.EndBatch();
    }
}
