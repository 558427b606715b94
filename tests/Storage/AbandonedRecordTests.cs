using RespKv.Server.Kv;
using RespKv.Server.Storage;
using Record = RespKv.Server.Storage.Record;

namespace RespKv.Tests.Storage;

/// <summary>
/// Two clients bring one new key at the same time: the record of one of them is given up where it lies in the log, and the log must be
/// readable beyond it.
/// </summary>
public sealed class AbandonedRecordTests
{
    private const int Keys = 300;

    [Theory]
    [InlineData(100, 100)]
    [InlineData(100, 40)]
    [InlineData(100, 900)]
    [InlineData(3000, 10)]
    public void Keys_live_on_behind_records_that_were_given_up(int lateBytes, int earlyBytes)
    {
        using var store = new StoreUnderTest();
        for (var i = 0; i < Keys; i++)
        {
            store.Set($"before:{i}", StoreUnderTest.ValueOf($"before:{i}", 50 + i));
            store.Update($"raced:{i}", new LateUpdate(store, $"raced:{i}", lateBytes, earlyBytes));
            store.Set($"behind:{i}", StoreUnderTest.ValueOf($"behind:{i}", 300 - i));
        }

        store.MakeGarbage();
        store.Clean();

        Assert.All(Enumerable.Range(0, Keys), i =>
        {
            Assert.Equal(StoreUnderTest.ValueOf($"before:{i}", 50 + i), store.Get($"before:{i}"));
            Assert.Equal(StoreUnderTest.ValueOf($"raced:{i}", lateBytes), store.Get($"raced:{i}"));
            Assert.Equal(StoreUnderTest.ValueOf($"behind:{i}", 300 - i), store.Get($"behind:{i}"));
        });
        Assert.Equal(3 * Keys, store.Keys.Directory.Count);
    }

    [Fact]
    public void A_large_value_that_was_given_up_is_freed()
    {
        using var store = new StoreUnderTest();

        store.Update("raced", new LateUpdate(store, "raced", 1 << 20, 10));

        Assert.Equal(StoreUnderTest.ValueOf("raced", 1 << 20), store.Get("raced"));
        Assert.InRange(store.Store.LargeValues.Bytes, 1 << 20, (1 << 20) + 65536);
    }

    /// <summary>A SET that another client's SET of the same missing key overtakes while the record is being written.</summary>
    private sealed class LateUpdate(StoreUnderTest store, string key, int bytes, int earlyBytes) : RecordUpdate
    {
        private readonly SetUpdate set = new SetUpdate().For(StoreUnderTest.ValueOf(key, bytes));
        private bool isOvertaken;

        public override UpdateAction Plan(in Record current, ref RecordPlan plan) => set.Plan(current, ref plan);

        public override void Fill(in Record current, Span<byte> destination)
        {
            set.Fill(current, destination);
            if (isOvertaken)
                return;
            isOvertaken = true;
            store.UpdateElsewhere(key, new SetUpdate().For(StoreUnderTest.ValueOf(key, earlyBytes)));
        }
    }
}
