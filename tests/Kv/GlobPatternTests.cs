using System.Text;
using RespKv.Server.Kv;
using RespKv.Tests.Support;

namespace RespKv.Tests.Kv;

public sealed class GlobPatternTests
{
    [Theory]
    [InlineData("*", "anything", true)]
    [InlineData("h?llo", "hello", true)]
    [InlineData("h?llo", "hllo", false)]
    [InlineData("h*llo", "heeeello", true)]
    [InlineData("h[ae]llo", "hallo", true)]
    [InlineData("h[ae]llo", "hillo", false)]
    [InlineData("h[^e]llo", "hallo", true)]
    [InlineData("h[^e]llo", "hello", false)]
    [InlineData("h[a-b]llo", "hbllo", true)]
    [InlineData("h[b-a]llo", "hallo", true)]
    [InlineData("h[a-", "h-", true)]
    [InlineData("h[a", "ha", true)]
    [InlineData("h[", "h", false)]
    [InlineData("[]", "x", false)]
    [InlineData("[^]", "x", true)]
    [InlineData("[\\]]", "]", true)]
    [InlineData("a\\*b", "a*b", true)]
    [InlineData("a\\*b", "axb", false)]
    [InlineData("a\\", "a\\", true)]
    [InlineData("a*b*c", "a-b-b-c", true)]
    [InlineData("a*b*c", "a-c-b", false)]
    [InlineData("a**", "a", true)]
    [InlineData("*", "", false)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    public void A_pattern_matches_what_it_does_in_Redis(string pattern, string text, bool matches) =>
        Assert.Equal(matches, GlobPattern.IsMatch(Encoding.Latin1.GetBytes(pattern), Encoding.Latin1.GetBytes(text)));

    [Fact]
    public void Many_stars_take_no_time_that_grows_with_their_number()
    {
        var pattern = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("a*", 1_000)) + "b");
        Assert.False(GlobPattern.IsMatch(pattern, Encoding.ASCII.GetBytes(new string('a', 20_000))));
    }

    [Theory]
    [InlineData(1_000, true)]
    [InlineData(1_001, false)]
    public void A_text_gets_past_a_thousand_stars_and_no_more(int stars, bool matches)
    {
        var pattern = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("**?", stars)) + "*");
        Assert.Equal(matches, GlobPattern.IsMatch(pattern, Encoding.ASCII.GetBytes(new string('a', 5_000))));
    }

    [Theory]
    [InlineData("user:*", "user:", true)]
    [InlineData("user:[0-9]*", "user:", false)]
    [InlineData("user:1", "user:1", false)]
    [InlineData("*x", "", false)]
    [InlineData("a\\*", "a", false)]
    public void What_all_matches_begin_with_is_known(string pattern, string prefix, bool isPrefixOnly)
    {
        var found = GlobPattern.LiteralPrefix(Encoding.ASCII.GetBytes(pattern), out var only);
        Assert.Equal(prefix, Encoding.ASCII.GetString(found));
        Assert.Equal(isPrefixOnly, only);
    }

    [PeerFact]
    public async Task Random_patterns_find_the_same_keys_as_in_Redis()
    {
        const int seed = 20_261;
        var random = new Random(seed);
        await using var redis = await RedisServerProcess.StartAsync();
        await using var client = await redis.ConnectAsync();
        var keys = Enumerable.Range(0, 300).Select(_ => Random(random, "ab-]\\*\xE9\x05", 5)).DistinctBy(Convert.ToHexString).ToList();
        foreach (var key in keys)
            await client.ExecuteAsync("SET", key, "1");
        for (var i = 0; i < 3_000; i++)
        {
            var pattern = Random(random, "ab-]\\*\xE9\x05[?^*", 8);
            var theirs = await client.ExecuteAsync("KEYS", pattern);
            var expected = theirs.Items.Select(e => Convert.ToHexString(e.Bytes.Span)).Order().ToList();
            // All keys is what KEYS * answers without a look at them.
            var ours = keys.Where(k => pattern.AsSpan().SequenceEqual("*"u8) || GlobPattern.IsMatch(pattern, k)).Select(Convert.ToHexString).Order().ToList();
            Assert.True(expected.SequenceEqual(ours), $"Seed {seed}, pattern {Convert.ToHexString(pattern)}, Redis alone {string.Join(" ", expected.Except(ours))}, RespKv alone {string.Join(" ", ours.Except(expected))}");
        }
    }

    private static byte[] Random(Random random, string alphabet, int lengthMax) =>
        [.. Enumerable.Range(0, random.Next(1, lengthMax + 1)).Select(_ => (byte)alphabet[random.Next(alphabet.Length)])];
}
