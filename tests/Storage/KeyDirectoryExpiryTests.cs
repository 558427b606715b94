using RespKv.Server.Storage.Directory;

namespace RespKv.Tests.Storage;

public sealed class KeyDirectoryExpiryTests : IDisposable
{
    private const long NowMs = 1_780_000_000_000;
    private const long DayMs = 86_400_000;

    private readonly KeyDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void A_key_is_due_within_a_tick_of_its_expiry_and_not_before()
    {
        Insert("a", NowMs + 10_000);
        Assert.Empty(Due(NowMs));
        Assert.Empty(Due(NowMs + 9_999));
        Assert.Equal(["a"], Due(NowMs + 10_250));
    }

    [Fact]
    public void A_key_that_nobody_settled_is_due_again_two_seconds_later()
    {
        Insert("a", NowMs);
        Assert.Equal(["a"], Due(NowMs + 250));
        Assert.Empty(Due(NowMs + 2000));
        Assert.Equal(["a"], Due(NowMs + 2500));
    }

    [Fact]
    public void A_key_that_was_due_too_early_is_due_at_the_time_it_is_armed_for()
    {
        Insert("a", NowMs);
        Assert.Equal(["a"], Due(NowMs + 250));
        directory.Rearm("a"u8, 5, NowMs + DayMs);
        Assert.Empty(Due(NowMs + DayMs - 1));
        Assert.Equal(["a"], Due(NowMs + DayMs + 250));
    }

    [Fact]
    public void A_key_that_was_removed_or_lost_its_expiry_is_never_due()
    {
        Insert("a", NowMs + 1000);
        Insert("b", NowMs + 1000);
        Insert("c", NowMs + 1000);
        directory.Remove("a"u8, 5);
        directory.SetExpiry("b"u8, 5, 0);
        Assert.Equal(1, directory.ExpiresCount);
        Assert.Equal(["c"], Due(NowMs + DayMs));
    }

    [Fact]
    public void An_expiry_that_moves_earlier_counts_at_once()
    {
        Insert("a", NowMs + DayMs);
        Assert.Empty(Due(NowMs));
        directory.SetExpiry("a"u8, 5, NowMs + 1000);
        Assert.Equal(["a"], Due(NowMs + 1250));
    }

    [Theory]
    [InlineData(15_999L)]
    [InlineData(16_000L)]
    [InlineData(16_250L)]
    [InlineData(1_023_750L)]
    [InlineData(1_024_000L)]
    [InlineData(65_536_000L)]
    [InlineData(30 * DayMs)]
    [InlineData(60 * DayMs)]
    [InlineData(4000 * DayMs)]
    public void An_expiry_at_any_distance_is_kept_to_when_the_clock_walks_or_jumps(long distanceMs)
    {
        Assert.Empty(Due(NowMs));
        Insert("jump", NowMs + distanceMs);
        Assert.Empty(Due(NowMs + distanceMs - 1));
        Assert.Equal(["jump"], Due(NowMs + distanceMs + 250));
        directory.Remove("jump"u8, 5);
        var start = NowMs + distanceMs + 250;
        Insert("walk", start + distanceMs);
        for (var part = 1; part <= 999; part++)
            Assert.Empty(Due(start + (distanceMs * part / 1000)));
        Assert.Equal(["walk"], Due(start + distanceMs + 250));
    }

    [Fact]
    public void A_jump_of_days_makes_due_what_lies_within_and_nothing_else()
    {
        for (var i = 0; i < 1000; i++)
            Insert("key:" + i, NowMs + (i * DayMs / 100));
        Assert.Equal(["key:0"], Due(NowMs + 250));
        directory.Remove("key:0"u8, 5);
        Assert.Equal(Enumerable.Range(1, 500).Select(i => "key:" + i).Order(), Due(NowMs + (5 * DayMs) + 250).Order());
        Assert.Equal(999, directory.ExpiresCount);
    }

    [Fact]
    public void No_more_keys_are_gathered_than_asked_for_and_none_is_lost()
    {
        for (var i = 0; i < 1000; i++)
            directory.Insert(KeyCollector.Bytes("key:" + i), (ulong)i << 54, 1, NowMs);
        var due = new KeyCollector();
        Assert.Equal(300, directory.CollectDue(NowMs + 250, 300, due));
        Assert.Equal(300, directory.CollectDue(NowMs + 250, 300, due));
        Assert.Equal(400, directory.CollectDue(NowMs + 250, 1000, due));
        Assert.Equal(0, directory.CollectDue(NowMs + 250, 1000, due));
        Assert.Equal(1000, due.Keys.Distinct().Count());
    }

    [Fact]
    public void An_expiry_beyond_all_clocks_is_not_due()
    {
        Insert("a", long.MaxValue);
        Assert.Empty(Due(NowMs));
        Assert.Empty(Due(NowMs + (1000 * DayMs)));
        Assert.Equal(1, directory.ExpiresCount);
    }

    [Fact]
    public void A_directory_whose_keys_are_not_due_is_asked_without_allocation()
    {
        for (var i = 0; i < 20_000; i++)
            directory.Insert(KeyCollector.Bytes("key:" + i), (ulong)i << 49, 1, NowMs + DayMs);
        Assert.Empty(Due(NowMs));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var sink = new KeyCollector();
        for (var i = 0; i < 1000; i++)
            directory.CollectDue(NowMs + i, 100, sink);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_histories_of_expiries_lose_none_and_invent_none(int seed)
    {
        using var model = new DirectoryModel(seed);
        for (var round = 0; round < 10; round++)
        {
            model.RunClock(30);
            model.AssertSame();
        }
    }

    [Theory]
    [InlineData(1_000L)]
    [InlineData(60_000L)]
    [InlineData(DayMs)]
    public void A_clock_set_back_makes_no_key_due_before_its_time(long backMs)
    {
        Insert("a", NowMs + (4 * DayMs));
        Assert.Empty(Due(NowMs + (2 * DayMs)));
        directory.SetExpiry("a"u8, 5, NowMs + (2 * DayMs) - (backMs / 2));
        Assert.Empty(Due(NowMs + (2 * DayMs) - backMs));
        Assert.Equal(["a"], Due(NowMs + (2 * DayMs) + 250));
        Assert.Empty(Due(NowMs + (2 * DayMs) + 250 - backMs));
    }

    [Fact]
    public void A_key_that_lost_its_expiry_while_it_was_looked_at_does_not_get_it_back()
    {
        Insert("a", NowMs);
        Assert.Equal(["a"], Due(NowMs + 250));
        directory.SetExpiry("a"u8, 5, 0);
        directory.Rearm("a"u8, 5, NowMs + 1000);
        Assert.Equal(0, directory.ExpiresCount);
    }

    [Fact]
    public void An_expiry_that_moved_earlier_while_the_key_was_looked_at_stays()
    {
        Insert("a", NowMs);
        Assert.Equal(["a"], Due(NowMs + 250));
        directory.SetExpiry("a"u8, 5, NowMs + 10_000);
        directory.Rearm("a"u8, 5, NowMs + DayMs);
        Assert.Equal(["a"], Due(NowMs + 10_250));
    }

    private void Insert(string key, long expiresAtMs) => directory.Insert(KeyCollector.Bytes(key), 5, 1, expiresAtMs);

    private List<string> Due(long nowMs)
    {
        var due = new KeyCollector();
        directory.CollectDue(nowMs, 10_000, due);
        return due.Keys;
    }
}
