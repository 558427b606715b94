using RespKv.Server.Storage.Directory;

namespace RespKv.Tests.Storage;

public sealed class KeyDirectoryTests
{
    private const long NowMs = 1_780_000_000_000;

    [Fact]
    public void A_key_is_new_once_until_it_is_removed()
    {
        using var directory = new KeyDirectory();
        Assert.True(Insert(directory, "a"));
        Assert.False(Insert(directory, "a"));
        Assert.Equal(1, directory.Count);
        Assert.True(Remove(directory, "a"));
        Assert.False(Remove(directory, "a"));
        Assert.Equal(0, directory.Count);
        Assert.True(Insert(directory, "a"));
    }

    [Fact]
    public void Inserting_again_updates_type_and_expiry()
    {
        using var model = new DirectoryModel(0);
        model.Set("a", 1, 0);
        model.Set("a", 3, NowMs);
        model.AssertSame();
        model.Set("a", 2, 0);
        model.AssertSame();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(KeyBlock.KeyBytesMax)]
    public void Keys_of_every_length_are_kept_whole(int length)
    {
        using var model = new DirectoryModel(0);
        model.Set(new string('k', length), 1, 0);
        model.Set("neighbour", 2, 0);
        model.AssertSame();
        model.Expire(new string('k', length), NowMs);
        model.AssertSame();
        model.Remove(new string('k', length));
        model.AssertSame();
    }

    [Fact]
    public void A_key_longer_than_the_limit_is_refused()
    {
        using var directory = new KeyDirectory();
        Assert.Throws<ArgumentOutOfRangeException>(() => directory.Insert(new byte[KeyBlock.KeyBytesMax + 1], 5, 1, 0));
        Assert.Equal(0, directory.Count);
    }

    [Theory]
    [InlineData(1, ulong.MaxValue)]
    [InlineData(2, ulong.MaxValue)]
    [InlineData(3, 0xF000_0000_0000_0000)]
    [InlineData(4, 0xFC00_0000_0C00_0000)]
    [InlineData(5, 0)]
    public void Random_histories_match_a_dictionary(int seed, ulong hashMask)
    {
        using var model = new DirectoryModel(seed) { HashMask = hashMask };
        for (var round = 0; round < 20; round++)
        {
            model.Run(500, keysMax: 400);
            model.AssertSame();
        }
    }

    [Fact]
    public void Keys_that_crowd_at_the_last_position_are_all_kept()
    {
        using var directory = new KeyDirectory();
        for (var i = 0; i < 3000; i++)
            Assert.True(directory.Insert(Key(i), ulong.MaxValue, 1, 0));
        for (var i = 0; i < 3000; i += 2)
            Assert.True(directory.Remove(Key(i), ulong.MaxValue));
        var found = new KeyCollector();
        Assert.Equal(0UL, directory.Scan(0, 10, NowMs, found));
        Assert.Equal(Enumerable.Range(0, 1500).Select(i => "key:" + ((2 * i) + 1)), found.Keys.OrderBy(k => int.Parse(k.AsSpan(4))));
    }

    [Fact]
    public void An_empty_directory_costs_less_than_4_KB()
    {
        using var warm = new KeyDirectory();
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var directory = new KeyDirectory();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before + directory.Bytes, 1, 4096);
    }

    [Fact]
    public void Memory_is_given_back_when_keys_go()
    {
        using var directory = new KeyDirectory();
        Fill(directory, 0, 100_000);
        var full = directory.Bytes;
        Clear(directory, 0, 100_000);
        Assert.Equal(0, directory.Count);
        // A segment with less than 2 KB in it is not rebuilt.
        Assert.InRange(directory.Bytes, 0, full / 10);
    }

    [Fact]
    public void Churn_of_other_keys_leaves_memory_as_it_was()
    {
        using var directory = new KeyDirectory();
        Fill(directory, 0, 50_000);
        var before = directory.Bytes;
        for (var round = 1; round <= 10; round++)
        {
            Fill(directory, round * 50_000, 50_000);
            Clear(directory, (round - 1) * 50_000, 50_000);
        }

        Assert.Equal(50_000, directory.Count);
        Assert.InRange(directory.Bytes, before / 2, before * 5 / 2);
    }

    [Fact]
    public void A_rebuilt_arena_keeps_keys_types_and_expiries()
    {
        using var model = new DirectoryModel(7);
        for (var i = 0; i < 20_000; i++)
            model.Set("a longer key so that much is freed:" + i, (byte)(i % 5), i % 3 == 0 ? model.NowMs + (i * 100) + 1 : 0);
        for (var i = 0; i < 20_000; i++)
        {
            if (i % 8 != 0)
                model.Remove("a longer key so that much is freed:" + i);
        }

        model.AssertSame();
        model.NowMs += 1_000_000;
        model.Reclaim();
        model.AssertSame();
    }

    [Fact]
    public void Keys_that_gain_and_lose_an_expiry_leave_memory_bounded()
    {
        using var directory = new KeyDirectory();
        Fill(directory, 0, 20_000);
        var before = directory.Bytes;
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < 20_000; i++)
                directory.SetExpiry(Key(i), KeyCollector.Hash(Key(i)), round % 2 == 0 ? NowMs : 0);
        }

        Assert.Equal(0, directory.ExpiresCount);
        Assert.InRange(directory.Bytes, 1, before * 5 / 2);
    }

    [Fact]
    public void A_random_key_is_one_of_them_and_any_of_them()
    {
        using var directory = new KeyDirectory();
        var found = new KeyCollector();
        Assert.False(directory.TryGetRandom(found));
        Fill(directory, 0, 20);
        for (var i = 0; i < 50_000; i++)
            Assert.True(directory.TryGetRandom(found));
        Assert.Equal(20, found.Keys.Distinct().Count());
    }

    [Fact]
    public async Task A_directory_disposed_under_its_users_is_empty_and_stays_so()
    {
        var directory = new KeyDirectory();
        var users = Enumerable.Range(0, 2).Select(n => Task.Run(() => UseUntilDisposed(directory, n))).ToArray();
        while (directory.Count < 1000)
            await Task.Yield();
        directory.Dispose();
        await Task.WhenAll(users);
        var found = new KeyCollector();
        Assert.Equal(0UL, directory.Scan(0, 100, NowMs, found));
        Assert.False(directory.TryGetRandom(found));
        Assert.Equal(0, directory.CollectDue(long.MaxValue / 2, 100, found));
        Assert.Empty(found.Keys);
        Assert.Equal((0L, 0L, 0L), (directory.Count, directory.ExpiresCount, directory.Bytes));
    }

    // Goes on for a while after the disposal, which shows as inserts that add nothing.
    private static void UseUntilDisposed(KeyDirectory directory, int number)
    {
        var sink = new KeyCollector();
        for (int i = 0, refused = 0; refused < 2000; i++)
        {
            var key = Key((i * 2) + number);
            if (!directory.Insert(key, KeyCollector.Hash(key), 1, NowMs + i))
                refused++;
            directory.SetExpiry(key, KeyCollector.Hash(key), i % 2 == 0 ? 0 : NowMs);
            directory.CollectDue(NowMs + i, 2, sink);
            directory.Scan((ulong)i << 20, 2, NowMs, sink);
            if (i % 3 == 0)
                directory.Remove(key, KeyCollector.Hash(key));
        }
    }

    private static void Fill(KeyDirectory directory, int first, int count)
    {
        for (var i = first; i < first + count; i++)
            directory.Insert(Key(i), KeyCollector.Hash(Key(i)), 1, 0);
    }

    private static void Clear(KeyDirectory directory, int first, int count)
    {
        for (var i = first; i < first + count; i++)
            directory.Remove(Key(i), KeyCollector.Hash(Key(i)));
    }

    private static byte[] Key(int number) => KeyCollector.Bytes("key:" + number);

    private static bool Insert(KeyDirectory directory, string key) =>
        directory.Insert(KeyCollector.Bytes(key), KeyCollector.Hash(KeyCollector.Bytes(key)), 1, 0);

    private static bool Remove(KeyDirectory directory, string key) =>
        directory.Remove(KeyCollector.Bytes(key), KeyCollector.Hash(KeyCollector.Bytes(key)));
}
