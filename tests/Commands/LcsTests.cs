using RespKv.Server.Kv;

namespace RespKv.Tests.Commands;

public sealed class LcsTests(RunningServer server) : IClassFixture<RunningServer>
{
    public static TheoryData<int, int, int> Cases => new()
    {
        // Seed, letters, longest string: around the 64 positions that are looked at together.
        { 1, 2, 12 }, { 2, 2, 140 }, { 3, 4, 70 }, { 4, 4, 200 }, { 5, 26, 300 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Finds_what_the_table_of_numbers_finds(int seed, int letters, int longest)
    {
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var (first, second) = (AnyText(random, letters, longest), AnyText(random, letters, longest));
            var expected = PartsByTable(first, second);
            var found = CommonSubsequence.Of(first, second, onlyLength: false);
            Assert.Equal(expected, found.Parts);
            Assert.Equal(expected.Sum(p => p.Length), found.Length);
            Assert.Equal(expected.AsEnumerable().Reverse().SelectMany(p => first.Skip(p.First).Take(p.Length)), found.TextOf(first));
            Assert.Equal(found.Length, CommonSubsequence.Of(first, second, onlyLength: true).Length);
        }
    }

    [Fact]
    public async Task Long_strings_are_compared_while_the_client_waits_and_replies_stay_in_order()
    {
        await using var client = await server.ConnectAsync();
        var text = AnyText(new Random(6), 26, 9000, 9000);
        await client.ExecuteAsync("SET", "long1", text);
        await client.ExecuteAsync("SET", "long2", text.Append((byte)'!').ToArray());
        var replies = await RunningServer.RunAsync(client, "LCS long1 long2 LEN", "LCS long1 long2 IDX WITHMATCHLEN", "PING");
        Assert.Equal(["9000", "[\"matches\", [[[0, 8999], [0, 8999], 9000]], \"len\", 9000]", "PONG"], replies);
        Assert.Equal(text, (await client.ExecuteAsync("LCS", "long1", "long2")).Bytes.ToArray());
    }

    [Fact]
    public async Task Long_strings_are_compared_in_a_transaction_too()
    {
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SET", "tx1", new string('a', 9000));
        var replies = await RunningServer.RunAsync(client, "MULTI", "LCS tx1 tx1 LEN", "EXEC");
        Assert.Equal("[9000]", replies[2]);
    }

    [Fact]
    public async Task Strings_whose_table_would_pass_the_longest_value_are_refused()
    {
        await using var client = await server.ConnectAsync();
        // 11,586 x 11,586 x 4 bytes is just more than 512 MB.
        await RunningServer.RunAsync(client, "SETRANGE over 11584 x", "SETRANGE under 11583 x");
        Assert.Contains("Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len", (await RunningServer.RunAsync(client, "LCS over over LEN"))[0], StringComparison.Ordinal);
        Assert.Equal("11584", (await RunningServer.RunAsync(client, "LCS under under LEN"))[0]);
    }

    private static byte[] AnyText(Random random, int letters, int longest, int shortest = 0)
    {
        var text = new byte[random.Next(shortest, longest + 1)];
        for (var i = 0; i < text.Length; i++)
            text[i] = (byte)('a' + random.Next(letters));
        return text;
    }

    // The plain way, with a number per pair of positions.
    private static List<CommonPart> PartsByTable(byte[] first, byte[] second)
    {
        var table = new int[first.Length + 1, second.Length + 1];
        for (var i = 1; i <= first.Length; i++)
        {
            for (var j = 1; j <= second.Length; j++)
                table[i, j] = first[i - 1] == second[j - 1] ? table[i - 1, j - 1] + 1 : Math.Max(table[i - 1, j], table[i, j - 1]);
        }

        var parts = new List<CommonPart>();
        var (a, b, isRun) = (first.Length, second.Length, false);
        while (a > 0 && b > 0)
        {
            var isMatch = first[a - 1] == second[b - 1];
            if (isMatch && isRun)
                parts[^1] = new CommonPart(a - 1, b - 1, parts[^1].Length + 1);
            else if (isMatch)
                parts.Add(new CommonPart(a - 1, b - 1, 1));
            var leavesFirst = isMatch || table[a - 1, b] > table[a, b - 1];
            (a, b, isRun) = (leavesFirst ? a - 1 : a, isMatch || !leavesFirst ? b - 1 : b, isMatch);
        }

        return parts;
    }
}
