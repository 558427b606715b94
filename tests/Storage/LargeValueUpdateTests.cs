using RespKv.Server.Kv;
using RespKv.Server.Storage;
using RespKv.Tests.Support;
using Record = RespKv.Server.Storage.Record;

namespace RespKv.Tests.Storage;

/// <summary>Updates of large values whose records cannot be changed where they are any more, and which are therefore looked at without a lock.</summary>
public sealed class LargeValueUpdateTests
{
    private const int Bytes = 2 << 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_value_that_another_client_frees_is_there_until_the_update_has_read_it(bool inFiles)
    {
        using var folder = new TemporaryFolder();
        using var store = new StoreUnderTest();
        if (inFiles)
            store.Store.LargeValues.UseFolder(folder["values"]);
        store.Set("key", new byte[Bytes]);
        store.Store.ShiftReadOnly(store.Store.TailAddress);
        // The boundary is where all threads have seen it.
        store.Batch(session => session.Refresh());

        store.Update("key", new OvertakenUpdate(store));

        Assert.Equal(Enumerable.Repeat((byte)8, Bytes), store.Get("key"));
    }

    [Fact]
    public void Values_in_files_do_not_stay_mapped_for_ever()
    {
        const int Values = 40;
        const int MappedMax = 8;
        using var folder = new TemporaryFolder();
        using var store = new StoreUnderTest();
        store.Store.LargeValues.UseFolder(folder["values"]);
        store.Store.LargeValues.MappedMax = MappedMax;

        for (var i = 0; i < Values; i++)
            store.Set($"key:{i}", StoreUnderTest.ValueOf($"key:{i}", 300_000));
        var afterWriting = Mapped(folder);
        store.Store.LargeValues.Sync(store.Store.LastVersion);
        Assert.All(Enumerable.Range(0, Values), i => Assert.Equal(StoreUnderTest.ValueOf($"key:{i}", 300_000), store.Get($"key:{i}")));

        Assert.Equal(Values, store.Store.LargeValues.Count);
        Assert.Equal(0, afterWriting);
        Assert.InRange(Mapped(folder), 1, MappedMax + 1);
    }

    private static int Mapped(TemporaryFolder folder) => File.ReadLines("/proc/self/maps").Count(line => line.Contains(folder.Path, StringComparison.Ordinal));

    /// <summary>Adds one to each byte; the first time another client does it before, and so frees what is being read.</summary>
    private sealed class OvertakenUpdate(StoreUnderTest store) : RecordUpdate
    {
        private bool isOvertaken;

        public override UpdateAction Plan(in Record current, ref RecordPlan plan)
        {
            plan.KeepsValue = false;
            plan.ReadsOldValue = true;
            plan.ValueLength = current.ValueLength;
            if (!isOvertaken)
            {
                isOvertaken = true;
                store.UpdateElsewhere("key", new SetUpdate().For(Enumerable.Repeat((byte)7, Bytes).ToArray()));
                // What has been given back is likely to be given out again.
                store.UpdateElsewhere("other", new SetUpdate().For(Enumerable.Repeat((byte)99, Bytes).ToArray()));
            }

            return UpdateAction.Write;
        }

        public override void Fill(in Record current, Span<byte> destination)
        {
            for (var i = 0; i < destination.Length; i++)
                destination[i] = (byte)(current.Value[i] + 1);
        }
    }
}
