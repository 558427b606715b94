using RespKv.Server.Storage.Directory;

namespace RespKv.Tests.Storage;

public sealed class KeyDirectoryScanTests
{
    private const long NowMs = 1_780_000_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1000)]
    [InlineData(int.MaxValue)]
    public void A_quiet_iteration_returns_every_key_once(int count)
    {
        using var model = new DirectoryModel(1);
        model.Run(5000, 3000);
        var found = model.ScanAll(count);
        Assert.Equal(model.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_call_looks_at_as_many_keys_as_were_asked_for()
    {
        using var directory = new KeyDirectory();
        for (var i = 0; i < 10_000; i++)
            Insert(directory, "key:" + i);
        var found = new KeyCollector();
        directory.Scan(0, 25, NowMs, found);
        Assert.Equal(25, found.Keys.Count);
    }

    [Fact]
    public void Keys_of_one_position_come_in_one_call()
    {
        using var directory = new KeyDirectory();
        for (var i = 0; i < 100; i++)
            directory.Insert(KeyCollector.Bytes("key:" + i), (ulong)(i / 20) << 26, 1, 0);
        var found = new KeyCollector();
        var cursor = directory.Scan(0, 1, NowMs, found);
        Assert.Equal(20, found.Keys.Count);
        directory.Scan(cursor, 21, NowMs, found);
        Assert.Equal(60, found.Keys.Count);
    }

    [Fact]
    public void A_cursor_beyond_the_last_position_ends_the_iteration()
    {
        using var directory = new KeyDirectory();
        Insert(directory, "a");
        var found = new KeyCollector();
        Assert.Equal(0UL, directory.Scan(1UL << 38, 10, NowMs, found));
        Assert.Equal(0UL, directory.Scan(ulong.MaxValue, 10, NowMs, found));
        Assert.Empty(found.Keys);
    }

    [Fact]
    public void A_key_is_flagged_once_its_time_may_be_up()
    {
        using var directory = new KeyDirectory();
        directory.Insert("due"u8, 1UL << 40, 1, NowMs);
        directory.Insert("later"u8, 2UL << 40, 1, NowMs + 10_000);
        directory.Insert("never"u8, 3UL << 40, 1, 0);
        var found = new KeyCollector();
        directory.Scan(0, 10, NowMs, found);
        Assert.Equal(["due", "later", "never"], found.Keys);
        Assert.Equal([true, false, false], found.MayBeExpired);
    }

    [Fact]
    public void A_key_that_was_due_stays_flagged_until_it_is_settled()
    {
        using var directory = new KeyDirectory();
        directory.Insert("a"u8, 5, 1, NowMs);
        var found = new KeyCollector();
        Assert.Equal(1, directory.CollectDue(NowMs + 250, 10, new KeyCollector()));
        directory.Scan(0, 10, NowMs + 250, found);
        directory.Rearm("a"u8, 5, NowMs + 10_000);
        directory.Scan(0, 10, NowMs + 250, found);
        Assert.Equal([true, false], found.MayBeExpired);
    }

    [Fact]
    public void A_call_for_no_keys_still_goes_forward()
    {
        using var directory = new KeyDirectory();
        directory.Insert("a"u8, 0, 1, 0);
        directory.Insert("b"u8, 1UL << 40, 1, 0);
        var found = new KeyCollector();
        Assert.NotEqual(0UL, directory.Scan(0, 0, NowMs, found));
        Assert.Equal(["a"], found.Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Keys_that_stay_are_found_while_others_come_and_go_between_calls(int seed)
    {
        using var model = new DirectoryModel(seed);
        var staying = Enumerable.Range(0, 500).Select(i => "stays:" + i).ToList();
        staying.ForEach(k => model.Set(k, 1, 0));
        var found = new KeyCollector();
        var cursor = 0UL;
        do
        {
            cursor = model.Directory.Scan(cursor, 5, NowMs, found);
            model.Run(300, 20_000);
        }
        while (cursor != 0);

        Assert.Empty(staying.Except(found.Keys));
        Assert.Equal(500, found.Keys.Count(k => k.StartsWith("stays:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Keys_that_stay_are_found_while_two_threads_add_and_remove()
    {
        using var directory = new KeyDirectory();
        var staying = Enumerable.Range(0, 5000).Select(i => "stays:" + i).ToList();
        staying.ForEach(k => Insert(directory, k));
        using var stop = new CancellationTokenSource();
        var mutators = Enumerable.Range(0, 2).Select(n => Task.Run(() => FillAndClear(directory, n, stop.Token))).ToArray();
        for (var iteration = 0; iteration < 20; iteration++)
        {
            var found = ScanAll(directory);
            Assert.Empty(staying.Except(found));
            Assert.Equal(5000, found.Count(k => k.StartsWith("stays:", StringComparison.Ordinal)));
        }

        await stop.CancelAsync();
        await Task.WhenAll(mutators);
    }

    private static List<string> ScanAll(KeyDirectory directory)
    {
        var found = new KeyCollector();
        var cursor = 0UL;
        do
            cursor = directory.Scan(cursor, 100, NowMs, found);
        while (cursor != 0);
        return found.Keys;
    }

    // Grows the directory by half and more, then shrinks it again, with expiries that come and go.
    private static void FillAndClear(KeyDirectory directory, int number, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var key = KeyCollector.Bytes($"moves:{number}:{i % 4000}");
            if (i / 4000 % 2 == 0)
                directory.Insert(key, KeyCollector.Hash(key), 1, i % 3 == 0 ? NowMs + i : 0);
            else
                directory.Remove(key, KeyCollector.Hash(key));
        }
    }

    private static void Insert(KeyDirectory directory, string key) =>
        directory.Insert(KeyCollector.Bytes(key), KeyCollector.Hash(KeyCollector.Bytes(key)), 1, 0);
}
