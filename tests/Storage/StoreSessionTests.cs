using RespKv.Server.Kv;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Tests.Storage;

/// <summary>What updates do to a record and to what is counted, in place, in a new slot, and after the cleaner has moved the record.</summary>
public sealed class StoreSessionTests : IDisposable
{
    private const int LargeBytes = FasterStore.InlineValueBytesMax + 1;

    private readonly StoreUnderTest store = new();

    public void Dispose() => store.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(1000)]
    [InlineData(FasterStore.InlineValueBytesMax)]
    [InlineData(LargeBytes)]
    public void Value_metadata_and_expiry_live_on_whatever_changes_beside_them(int length)
    {
        var value = StoreUnderTest.ValueOf("k", length);
        store.Set("k", value);

        AssertRecord(value, "", 0);
        store.Update("k", new SetMetadataUpdate().For(StoreUnderTest.Bytes("12")));
        AssertRecord(value, "12", 0);
        store.Update("k", new ExpireUpdate().For(store.NowMs + 5000, ExpiryCondition.Always, store.NowMs));
        AssertRecord(value, "12", store.NowMs + 5000);
        store.Update("k", new SetMetadataUpdate().For(StoreUnderTest.Bytes(new string('m', 900))));
        AssertRecord(value, new string('m', 900), store.NowMs + 5000);
        store.Update("k", new SetMetadataUpdate().For(StoreUnderTest.Bytes("1")));
        AssertRecord(value, "1", store.NowMs + 5000);
        store.Update("k", new PersistUpdate());
        AssertRecord(value, "1", 0);
        store.Update("k", new AppendUpdate().For(StoreUnderTest.Bytes("tail")));
        AssertRecord([.. value, .. "tail"u8], "1", 0);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(LargeBytes)]
    public void A_value_changes_in_place_behind_metadata_that_grows_and_shrinks(int length)
    {
        store.Set("k", StoreUnderTest.ValueOf("k", length));
        var expected = StoreUnderTest.ValueOf("k", length);
        for (var i = 0; i < 60; i++)
        {
            var metadata = new string('m', i * 7 % 50);
            store.Update("k", new SetMetadataUpdate().For(StoreUnderTest.Bytes(metadata)));
            store.Update("k", new SetRangeUpdate().For(i, "xyz"u8.ToArray()));
            "xyz"u8.CopyTo(expected.AsSpan(i));
            store.Update("k", i % 2 == 0 ? new ExpireUpdate().For(store.NowMs + 5000, ExpiryCondition.Always, store.NowMs) : new PersistUpdate());
            AssertRecord(expected, metadata, i % 2 == 0 ? store.NowMs + 5000 : 0);
        }
    }

    [Fact]
    public void A_deleted_key_s_slot_is_used_again()
    {
        store.Set("k", new byte[100]);
        store.Delete("k");
        var tail = store.Store.TailAddress;

        for (var i = 0; i < 100; i++)
        {
            store.Overwrite("k", StoreUnderTest.ValueOf("k", 100));
            Assert.True(store.Delete("k"));
        }

        Assert.Equal(tail, store.Store.TailAddress);
        Assert.Equal((0, 0), (store.Store.LiveBytes, store.Keys.Directory.Count));
    }

    [Fact]
    public void A_large_block_is_given_back_when_its_value_becomes_much_smaller()
    {
        store.Set("k", new byte[20 << 20]);

        store.Set("k", StoreUnderTest.ValueOf("k", LargeBytes));

        Assert.Equal(StoreUnderTest.ValueOf("k", LargeBytes), store.Get("k"));
        Assert.InRange(store.Store.LargeValues.Bytes, LargeBytes, 2 * LargeBytes);
        store.Set("k", []);
        Assert.Equal(0, store.Store.LargeValues.Bytes);
    }

    [Theory]
    [InlineData(true, false, 1)]
    [InlineData(true, false, 3000)]
    [InlineData(true, true, 1)]
    [InlineData(true, true, 3000)]
    [InlineData(false, false, 1)]
    [InlineData(false, false, 3000)]
    [InlineData(false, true, 1)]
    [InlineData(false, true, 3000)]
    public void A_large_value_is_freed_by_whoever_writes_over_it(bool isBlind, bool hasExpired, int length)
    {
        store.Set("k", new byte[LargeBytes], hasExpired ? store.NowMs + 10 : 0);
        store.Clock.Advance(TimeSpan.FromMilliseconds(10));

        if (isBlind)
            store.Overwrite("k", StoreUnderTest.ValueOf("k", length));
        else
            store.Set("k", StoreUnderTest.ValueOf("k", length));

        Assert.Equal(0, store.Store.LargeValues.Bytes);
        AssertRecord(StoreUnderTest.ValueOf("k", length), "", 0);
    }

    [Fact]
    public void Everything_is_there_and_counted_alike_after_the_log_was_cleaned()
    {
        for (var i = 0; i < 2000; i++)
        {
            store.Set($"k{i}", StoreUnderTest.ValueOf($"k{i}", i), i % 5 == 0 ? store.NowMs + 1_000_000 : 0);
            store.Update($"k{i}", new SetMetadataUpdate().For(StoreUnderTest.Bytes(new string('1', i % 30))));
        }

        store.Set("large", StoreUnderTest.ValueOf("large", LargeBytes));
        var version = InfoOf("k7").Version;
        store.MakeGarbage();

        store.Clean();

        Assert.InRange(store.Store.BeginAddress, FasterStore.PageBytes, long.MaxValue);
        Assert.Equal(version, InfoOf("k7").Version);
        Assert.Equal(StoreUnderTest.ValueOf("large", LargeBytes), store.Get("large"));
        Assert.All(Enumerable.Range(0, 2000), i => Assert.Equal(StoreUnderTest.ValueOf($"k{i}", i), store.Get($"k{i}")));
        Assert.All(Enumerable.Range(0, 2000), i => Assert.Equal(i % 5 == 0, InfoOf($"k{i}").ExpiresAtMs != 0));
        var stored = Enumerable.Range(0, 2000).Sum(i => InfoOf($"k{i}").StoredBytes) + InfoOf("large").StoredBytes;
        Assert.Equal(store.Store.LiveBytes + store.Store.LargeValues.Bytes, stored);
    }

    [Fact]
    public void The_cleaner_takes_what_has_expired_and_what_a_flush_left()
    {
        for (var i = 0; i < 1000; i++)
            store.Set($"k{i}", new byte[1000], store.NowMs + 10);
        var flushed = store.Keys;
        store.Keys = store.Store.NewKeyset();
        store.Set("other", [1]);
        store.Batch(session =>
        {
            session.BeAlone();
            store.Store.Drop(flushed);
        });
        store.Set("due", [1], store.NowMs + 10);
        store.Clock.Advance(TimeSpan.FromSeconds(1));
        store.MakeGarbage();

        store.Clean();

        Assert.Equal(1, store.Store.KeyCount);
        Assert.Equal([1], store.Get("other"));
        Assert.Equal(1, store.Store.Cleaner.ExpiredKeys);
        Assert.InRange(store.Store.LogBytes, 0, 6L * FasterStore.PageBytes);
    }

    [Fact]
    public void Uses_are_counted_across_a_write_that_needs_a_new_slot()
    {
        store.Settings.Policy = EvictionPolicy.AllKeysLfu;
        store.Settings.LfuLogFactor = 0;
        store.Set("k", [1]);
        for (var i = 0; i < 20; i++)
            store.Get("k");
        var count = AccessClock.Count(InfoOf("k").Access, store.NowMs, 1);

        store.Overwrite("k", new byte[1000]);

        Assert.InRange(count, 20u, 40u);
        Assert.InRange(AccessClock.Count(InfoOf("k").Access, store.NowMs, 1), count, count + 1);
    }

    [Fact]
    public async Task A_store_ends_only_when_no_batch_runs_and_lets_none_begin_after()
    {
        using var ending = new StoreUnderTest();
        var end = Task.CompletedTask;
        ending.Batch(session =>
        {
            end = Task.Run(ending.Store.Dispose);
            SpinWait.SpinUntil(() => ending.Store.Gate.IsClosed, TimeSpan.FromSeconds(10));
            Assert.False(end.IsCompleted);
            Assert.False(session.Read(ending.Keys, "k"u8, new CaptureReader().Whole()));
        });

        await end.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Throws<ObjectDisposedException>(() => ending.Get("k"));
    }

    private RecordInfoReader InfoOf(string key)
    {
        var info = new RecordInfoReader();
        store.Batch(session => Assert.True(session.Read(store.Keys, StoreUnderTest.Bytes(key), info)));
        return info;
    }

    private void AssertRecord(byte[] value, string metadata, long expiresAtMs)
    {
        var copy = new RecordCopy();
        store.Batch(session => Assert.True(session.Read(store.Keys, "k"u8, copy)));
        Assert.Equal(value, copy.Value.Span.ToArray());
        Assert.Equal(StoreUnderTest.Bytes(metadata), copy.Metadata.Span.ToArray());
        Assert.Equal(expiresAtMs, copy.ExpiresAtMs);
        Assert.Equal(1, store.Keys.Directory.Count);
        Assert.Equal(expiresAtMs == 0 ? 0 : 1, store.Keys.Directory.ExpiresCount);
        Assert.Equal(InfoOf("k").StoredBytes, store.Store.LiveBytes + store.Store.LargeValues.Bytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_deletion_is_a_change_wherever_the_record_is(bool isImmutable)
    {
        using var store = new StoreUnderTest();
        store.Set("key", StoreUnderTest.Bytes("value"));
        if (isImmutable)
            store.Store.ShiftReadOnly(store.Store.TailAddress);
        store.Batch(session => session.Refresh());
        var before = store.Store.Changes;

        Assert.True(store.Delete("key"));

        Assert.Equal(before + 1, store.Store.Changes);
        Assert.Null(store.Get("key"));
    }
}
