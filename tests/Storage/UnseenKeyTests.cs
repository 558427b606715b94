using RespKv.Server.Storage.Faster;
using RespKv.Tests.Support;

namespace RespKv.Tests.Storage;

/// <summary>Keys whose records are on the disk, of which commands want to know no more than that they are there.</summary>
public sealed class UnseenKeyTests
{
    private const int Keys = 2000;
    private const int ValueBytes = 20_000;

    [Fact]
    public void They_are_found_and_deleted_without_their_records()
    {
        using var folder = new TemporaryFolder();
        using var store = new StoreUnderTest(folder.Path);
        Fill(store);
        var cold = ColdKeys(store);
        Assert.InRange(cold.Count, Keys / 2, Keys);

        // Whoever looked for the records would not find what was written.
        foreach (var file in Directory.GetFiles(folder.Path, "spill-*"))
            File.WriteAllBytes(file, new byte[new FileInfo(file).Length]);

        Assert.All(cold, key => Assert.True(InBatch(store, session => session.DeleteUnseen(store.Keys, StoreUnderTest.Bytes(key)))));
        Assert.Equal(Keys - cold.Count, store.Keys.Directory.Count);
        Assert.All(cold, key => Assert.Null(store.Get(key)));
        Assert.All(cold, key => Assert.False(store.Delete(key)));
        Assert.All(cold, key => store.Set(key, [1]));
        Assert.Equal(Keys, store.Keys.Directory.Count);
    }

    [Fact]
    public void Of_those_that_may_have_ended_the_record_is_wanted()
    {
        using var folder = new TemporaryFolder();
        using var store = new StoreUnderTest(folder.Path);
        store.Set("ends", new byte[ValueBytes], store.NowMs + 1000);
        Fill(store);
        Assert.True(InBatch(store, session => session.IsCold(store.Keys, "ends"u8)));

        Assert.False(InBatch(store, session => session.IsThereUnseen(store.Keys, "ends"u8)));
        store.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.False(store.Delete("ends"));
    }

    [Fact]
    public void A_key_that_is_deleted_twice_was_there_once()
    {
        using var folder = new TemporaryFolder();
        using var store = new StoreUnderTest(folder.Path);
        Fill(store);
        var key = ColdKeys(store)[0];

        Assert.True(InBatch(store, session => session.DeleteUnseen(store.Keys, StoreUnderTest.Bytes(key))));
        Assert.False(InBatch(store, session => session.DeleteUnseen(store.Keys, StoreUnderTest.Bytes(key))));
        store.Set(key, [1]);
        Assert.True(InBatch(store, session => session.DeleteUnseen(store.Keys, StoreUnderTest.Bytes(key))));
        Assert.Equal(Keys - 1, store.Keys.Directory.Count);
    }

    [Fact]
    public void Large_values_go_with_their_keys()
    {
        using var folder = new TemporaryFolder();
        using var store = new StoreUnderTest(folder.Path);
        store.Store.LargeValues.UseFolder(folder["values"]);
        store.Set("large", new byte[FasterStore.InlineValueBytesMax + 1]);
        Fill(store);

        Assert.True(InBatch(store, session => session.IsThereUnseen(store.Keys, "large"u8)));
        Assert.True(InBatch(store, session => session.DeleteUnseen(store.Keys, "large"u8)));

        Assert.Equal(0, store.Store.LargeValues.Count);
    }

    // Far more than memory is to take.
    private static void Fill(StoreUnderTest store)
    {
        store.Settings.MaxMemoryBytes = 8 << 20;
        for (var i = 0; i < Keys; i++)
        {
            store.Set($"key:{i}", new byte[ValueBytes]);
            if (i % 50 == 0)
                store.Store.Memory.Trim();
        }

        var isTrimmed = SpinWait.SpinUntil(
            () =>
            {
                store.Store.Memory.Trim();
                store.Batch(session => session.Refresh());
                // What leaves memory are whole pages.
                return store.Store.Memory.Bytes <= store.Store.Memory.Limit + FasterStore.PageBytes;
            },
            TimeSpan.FromSeconds(30));
        Assert.True(isTrimmed, $"{store.Store.Memory.Bytes} bytes are in memory.");
    }

    private static List<string> ColdKeys(StoreUnderTest store) =>
        [.. Enumerable.Range(0, Keys).Select(i => $"key:{i}").Where(key => InBatch(store, session => session.IsThereUnseen(store.Keys, StoreUnderTest.Bytes(key))))];

    private static bool InBatch(StoreUnderTest store, Func<StoreSession, bool> work)
    {
        var result = false;
        store.Batch(session => result = work(session));
        return result;
    }
}
