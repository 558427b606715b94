using RespKv.Server.Storage.Directory;
using RespKv.Server.Storage.Ordered;

namespace RespKv.Tests.Storage;

public sealed class OrderedKeyIndexTests
{
    [Fact]
    public void An_empty_index_lists_nothing()
    {
        using var model = new OrderedModel(0);
        model.AssertSame();
        model.Remove("a");
        Assert.Equal(0, model.Index.CountPrefix(""u8, 10));
    }

    [Fact]
    public void A_key_is_new_once_until_it_is_removed()
    {
        using var model = new OrderedModel(0);
        model.Insert("a");
        model.Insert("a");
        model.Remove("a");
        model.Remove("a");
        model.Insert("a");
        model.AssertSame();
    }

    [Fact]
    public void Keys_are_listed_in_the_order_of_unsigned_bytes()
    {
        using var model = new OrderedModel(0);
        foreach (var key in new[] { "b", "\u00FF", "", "a\0", "a", "\u0080", "\0", "aa", "a\u00FF" })
            model.Insert(key);
        Assert.Equal(["", "\0", "a", "a\0", "aa", "a\u00FF", "b", "\u0080", "\u00FF"], model.List("", null, 100));
    }

    [Fact]
    public void A_prefix_of_the_highest_bytes_ends_with_the_index()
    {
        using var model = new OrderedModel(0);
        foreach (var key in new[] { "\u00FE", "\u00FF", "\u00FF\0", "\u00FF\u00FF", "\u00FF\u00FFz" })
            model.Insert(key);
        Assert.Equal(["\u00FF\u00FF", "\u00FF\u00FFz"], model.List("\u00FF\u00FF", null, 100));
        Assert.Equal(["\u00FF", "\u00FF\0"], model.List("\u00FF", null, 2));
    }

    [Fact]
    public void A_list_goes_on_behind_a_key_that_is_gone_and_not_behind_itself()
    {
        using var model = new OrderedModel(0);
        foreach (var key in new[] { "p:1", "p:3", "p:5", "q" })
            model.Insert(key);
        Assert.Equal(["p:3", "p:5"], model.List("p:", "p:2", 10));
        Assert.Equal(["p:5"], model.List("p:", "p:3", 10));
        Assert.Equal(["p:1"], model.List("p:", "", 1));
        Assert.Equal(["p:1"], model.List("p:", "a", 1));
        Assert.Empty(model.List("p:", "q", 10));
    }

    [Fact]
    public void The_empty_key_can_be_listed_and_gone_on_behind()
    {
        using var model = new OrderedModel(0);
        model.Insert("");
        model.Insert("a");
        Assert.Equal(["", "a"], model.List("", null, 10));
        Assert.Equal(["a"], model.List("", "", 10));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_histories_match_a_sorted_set(int seed)
    {
        using var model = new OrderedModel(seed);
        for (var round = 0; round < 6; round++)
        {
            model.Run(4000, insertsOfTen: round % 3 == 2 ? 2 : 8);
            model.AssertSame();
            model.AssertSameLists(40);
        }

        model.RemoveAllBut(50);
        model.AssertSame();
        model.AssertSameLists(40);
        model.Run(2000, insertsOfTen: 8);
        model.AssertSame();
    }

    [Fact]
    public void Keys_of_the_greatest_length_that_differ_only_at_the_end_are_told_apart()
    {
        using var model = new OrderedModel(0);
        var shared = new string('k', 65_533);
        for (var i = 0; i < 100; i++)
            model.Insert(shared + ((i * 37) % 100).ToString("D2"));
        model.Insert("k");
        model.Insert("z");
        model.AssertSame();
        Assert.Equal(5, model.List(shared, shared + "42", 5).Count);
        model.RemoveAllBut(3);
        model.AssertSame();
    }

    [Fact]
    public void Memory_stays_near_the_keys_own_and_is_given_back_when_they_go()
    {
        using var index = new OrderedKeyIndex();
        Fill(index, 200_000);
        Assert.InRange(index.Bytes, 200_000, 24 * 200_000);
        for (var i = 0; i < 200_000; i++)
            index.Remove(Key(i));
        Assert.Equal((0L, 0L), (index.Count, index.Bytes));
    }

    [Fact]
    public void Memory_follows_the_keys_when_few_of_each_neighbourhood_stay()
    {
        using var model = new OrderedModel(0);
        for (var i = 0; i < 50_000; i++)
            model.Insert($"key:{i:D8}");
        model.RemoveAllBut(200);
        model.AssertSame();
        Assert.InRange(model.Index.Bytes, 1, 250 * 80);
    }

    [Fact]
    public void A_disposed_index_is_empty_and_stays_so()
    {
        var index = new OrderedKeyIndex();
        Fill(index, 1000);
        index.Dispose();
        Assert.False(index.Insert("a"u8));
        Assert.False(index.Remove(Key(1)));
        Assert.Equal(0, index.CountPrefix(""u8, 10));
        Assert.Equal((0L, 0L), (index.Count, index.Bytes));
    }

    [Fact]
    public async Task Pages_hold_every_key_that_stays_once_and_in_order_while_others_come_and_go()
    {
        using var index = new OrderedKeyIndex();
        for (var i = 0; i < 5000; i++)
            index.Insert(KeyCollector.Bytes($"p:{i:D6}:stays"));
        using var stop = new CancellationTokenSource();
        var mutators = Enumerable.Range(0, 2).Select(n => Task.Run(() => FillAndClear(n, index, null, stop.Token))).ToArray();
        for (var round = 0; round < 20; round++)
        {
            var listed = ListByPages(index);
            Assert.Equal(listed.Order(StringComparer.Ordinal).Distinct(), listed);
            Assert.Equal(5000, listed.Count(k => k.EndsWith("stays", StringComparison.Ordinal)));
        }

        await stop.CancelAsync();
        await Task.WhenAll(mutators);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task An_index_built_from_the_directory_while_two_threads_write_has_just_its_keys(int round)
    {
        using var directory = new KeyDirectory();
        using var index = new OrderedKeyIndex();
        for (var i = 0; i < 30_000; i++)
            directory.Insert(KeyCollector.Bytes($"p:{i:D6}:{i % 3}"), KeyCollector.Hash(KeyCollector.Bytes($"p:{i:D6}:{i % 3}")), 1, 0);
        using var stop = new CancellationTokenSource();
        // Each writer has keys of its own: in the store, the record's lock keeps two from writing one key at once.
        var writers = Enumerable.Range(0, 2).Select(n => Task.Run(() => FillAndClear(n + (round * 2), index, directory, stop.Token))).ToArray();
        directory.CopyTo(index);
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        var all = new KeyCollector();
        directory.Scan(0, int.MaxValue, 0, all);
        Assert.Equal(all.Keys.Order(StringComparer.Ordinal), ListByPages(index));
        Assert.Equal(directory.Count, index.Count);
    }

    // Directory first, as the store does it.
    private static void FillAndClear(int number, OrderedKeyIndex index, KeyDirectory? directory, CancellationToken stop)
    {
        var random = new Random(number);
        while (!stop.IsCancellationRequested)
        {
            var key = KeyCollector.Bytes($"p:{random.Next(6000):D6}:moves:{number}");
            if (random.Next(2) == 0)
            {
                directory?.Insert(key, KeyCollector.Hash(key), 1, 0);
                index.Insert(key);
            }
            else
            {
                directory?.Remove(key, KeyCollector.Hash(key));
                index.Remove(key);
            }
        }
    }

    private static List<string> ListByPages(OrderedKeyIndex index)
    {
        var all = new KeyCollector();
        byte[] after = [];
        while (index.List("p:"u8, after, after.Length > 0, 100, all) > 0)
            after = KeyCollector.Bytes(all.Keys[^1]);
        return all.Keys;
    }

    private static void Fill(OrderedKeyIndex index, int count)
    {
        for (var i = 0; i < count; i++)
            index.Insert(Key(i));
    }

    // 20 bytes, in no order.
    private static byte[] Key(int number) => KeyCollector.Bytes($"key:{(ulong)number * 0x9E3779B97F4A7C15:x16}");
}
