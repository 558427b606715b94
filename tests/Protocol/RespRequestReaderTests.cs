using System.Text;
using RespKv.Protocol;

namespace RespKv.Tests.Protocol;

public sealed class RespRequestReaderTests
{
    private const int Seed = 7;

    public static TheoryData<string, string> Valid => new()
    {
        { "*1\r\n$4\r\nPING\r\n", "[PING]" },
        { "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", "[GET|k]" },
        { "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", "[ECHO|]" },
        { "*2\r\n$4\r\nECHO\r\n$8\r\na\r\n\0\xff*1\r\r\n", "[ECHO|a\r\n\0\xff*1\r]" },
        { "*2\r\n$4\r\nECHO\r\n$12\r\nabcdefghijkl\r\n", "[ECHO|abcdefghijkl]" },
        { "*2\r\n$4\r\nECHO\r\n$100\r\n" + new string('x', 100) + "\r\n", "[ECHO|" + new string('x', 100) + "]" },
        { "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n", "[PING][PING]" },
        { "*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n", "[PING][PING]" },
        { "*0\r\n", "[]" },
        { "*-1\r\n", "[]" },
        { "*-1048577\r\n*1\r\n$4\r\nPING\r\n", "[][PING]" },
        { "*0\r\nPING\r\n*0\r\n", "[][PING][]" },
        { "PING\r\n", "[PING]" },
        { "PING\n", "[PING]" },
        { "\r\n", "[]" },
        { "\n\r\n  \r\nPING\n", "[][][][PING]" },
        { " \t get \v k \f\r\n", "[get|k]" },
        { "set k \"a b\"\r\n", "[set|k|a b]" },
        { "set k 'a b'\r\n", "[set|k|a b]" },
        { "echo \"\"\r\n", "[echo|]" },
        { "echo \"\\x41\\xfF\\x00\"\r\n", "[echo|A\xff\0]" },
        { "echo \"\\xg1\\x4\"\r\n", "[echo|xg1x4]" },
        { "echo \"\\n\\r\\t\\b\\a\\\\\\\"\\q\"\r\n", "[echo|\n\r\t\b\a\\\"q]" },
        { "echo 'a\\'b\\n\\\"'\r\n", "[echo|a'b\\n\\\"]" },
        { "echo a\"b c\"\r\n", "[echo|ab c]" },
        { "echo \\n\r\n", "[echo|\\n]" },
        { "GET k\r\n*1\r\n$4\r\nPING\r\nPING\r\n", "[GET|k][PING][PING]" },
        { "$5\r\n", "[$5]" },
    };

    public static TheoryData<string, string> Invalid => new()
    {
        { "*abc\r\n", "invalid multibulk length" },
        { "*\r\n", "invalid multibulk length" },
        { "*1048577\r\n", "invalid multibulk length" },
        { "*2147483648\r\n", "invalid multibulk length" },
        { "*9223372036854775808\r\n", "invalid multibulk length" },
        { "*-9223372036854775809\r\n", "invalid multibulk length" },
        { "*+1\r\n", "invalid multibulk length" },
        { "*01\r\n", "invalid multibulk length" },
        { "*-0\r\n", "invalid multibulk length" },
        { "* 1\r\n", "invalid multibulk length" },
        { "*1 \r\n", "invalid multibulk length" },
        { "*1.0\r\n", "invalid multibulk length" },
        { "*1\r\n!4\r\n", "expected '$', got '!'" },
        { "*1\r\nPING\r\n", "expected '$', got 'P'" },
        { "*1\r\n\r\n", "expected '$', got ' '" },
        { "*1\r\n\n\r\n", "expected '$', got ' '" },
        { "*1\r\n\0\r\n", "expected '$', got ' '" },
        { "*2\r\n$3\r\nGET\r\n*1\r\n", "expected '$', got '*'" },
        { "*1\r\n$abc\r\n", "invalid bulk length" },
        { "*1\r\n$\r\n", "invalid bulk length" },
        { "*1\r\n$-1\r\n", "invalid bulk length" },
        { "*1\r\n$-0\r\n", "invalid bulk length" },
        { "*1\r\n$+4\r\n", "invalid bulk length" },
        { "*1\r\n$04\r\n", "invalid bulk length" },
        { "*1\r\n$ 4\r\n", "invalid bulk length" },
        { "*1\r\n$4 \r\n", "invalid bulk length" },
        { "*1\r\n$536870913\r\n", "invalid bulk length" },
        { "*1\r\n$2147483648\r\n", "invalid bulk length" },
        { "*1\r\n$99999999999999999999\r\n", "invalid bulk length" },
        { "echo \"a\r\n", "unbalanced quotes in request" },
        { "echo 'a\r\n", "unbalanced quotes in request" },
        { "echo \"a\"b\r\n", "unbalanced quotes in request" },
        { "echo 'a'b\r\n", "unbalanced quotes in request" },
        { "echo \"a\\\r\n", "unbalanced quotes in request" },
        { "\"\r\n", "unbalanced quotes in request" },
        { "PING\r\n*x\r\n", "[PING]invalid multibulk length" },
    };

    public static TheoryData<string> Incomplete =>
    [
        "*", "*1", "*1\r", "*1\r\n", "*1\r\n$", "*1\r\n$4", "*1\r\n$4\r", "*1\r\n$4\r\n", "*1\r\n$4\r\nPING", "*1\r\n$4\r\nPING\r",
        "*2\r\n$3\r\nGET\r\n", "*1\r\n$536870912\r\n", "*1048576\r\n", "PING", "PING\r", "\"",
    ];

    [Theory]
    [MemberData(nameof(Valid))]
    public void Requests_are_found_in_bytes_that_come_at_once_or_one_by_one(string wire, string requests)
    {
        Assert.Equal(requests, RequestFeed.Read([Bytes(wire)]));
        Assert.Equal(requests, RequestFeed.Read(Bytes(wire).Select(one => new[] { one })));
    }

    [Theory]
    [MemberData(nameof(Valid))]
    public void Requests_are_found_wherever_they_are_cut(string wire, string requests)
    {
        var bytes = Bytes(wire);

        Assert.All(Enumerable.Range(0, bytes.Length + 1), cut => Assert.Equal(requests, RequestFeed.Read([bytes[..cut], bytes[cut..]])));
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void What_is_no_request_is_refused_in_the_words_of_Redis(string wire, string error)
    {
        var bytes = Bytes(wire);

        Assert.Equal(error, Until(error, [bytes]));
        Assert.All(Enumerable.Range(1, bytes.Length - 1), cut => Assert.Equal(error, Until(error, [bytes[..cut], bytes[cut..]])));
    }

    [Theory]
    [MemberData(nameof(Incomplete))]
    public void The_beginning_of_a_request_waits_for_the_rest(string wire) => Assert.Equal("...", RequestFeed.Read([Bytes(wire)]));

    [Theory]
    [InlineData("*11\r\n", "unauthenticated multibulk length")]
    [InlineData("*10\r\n", "...")]
    [InlineData("*1\r\n$16385\r\n", "unauthenticated bulk length")]
    [InlineData("*1\r\n$16384\r\n", "...")]
    [InlineData("*1048577\r\n", "invalid multibulk length")]
    [InlineData("*1\r\n$536870913\r\n", "invalid bulk length")]
    public void Limits_are_narrow_before_the_client_has_authenticated(string wire, string outcome) =>
        Assert.Equal(outcome, RequestFeed.Read([Bytes(wire)], reader => reader.IsUnauthenticated = true));

    [Theory]
    [InlineData("*1\r\n$1000\r\n", "...")]
    [InlineData("*1\r\n$1001\r\n", "invalid bulk length")]
    public void The_longest_bulk_string_can_be_set(string wire, string outcome) =>
        Assert.Equal(outcome, RequestFeed.Read([Bytes(wire)], reader => reader.BulkBytesMax = 1000));

    [Theory]
    [InlineData("", 65536, "...")]
    [InlineData("", 65537, "too big inline request")]
    [InlineData("*", 65535, "...")]
    [InlineData("*", 65536, "too big mbulk count string")]
    [InlineData("*1\r\n$", 65535, "...")]
    [InlineData("*1\r\n$", 65536, "too big bulk count string")]
    public void A_line_without_end_is_refused_past_64_KB(string begin, int more, string outcome)
    {
        var bytes = Bytes(begin + new string('1', more));

        Assert.Equal(outcome, RequestFeed.Read([bytes]));
        Assert.Equal(outcome, RequestFeed.Read(bytes.Chunk(1000)));
    }

    [Fact]
    public void An_inline_request_of_64_KB_is_served() =>
        Assert.Equal(65536 + 2, RequestFeed.Read([Bytes(new string('a', 65536) + "\r\n")]).Length);

    [Fact]
    public void Pipelines_cut_anywhere_hold_the_same_requests()
    {
        var random = new Random(Seed);
        var parts = Enumerable.Range(0, 3000).Select(_ => Valid.ElementAt(random.Next(Valid.Count))).Select(row => ((string)row[0], (string)row[1])).ToList();
        var wire = Bytes(string.Concat(parts.Select(part => part.Item1)));
        var expected = string.Concat(parts.Select(part => part.Item2));

        Assert.All(Enumerable.Range(0, 20), _ => Assert.Equal(expected, RequestFeed.Read(Cut(wire, random, 3000))));
    }

    [Fact]
    public void A_million_arguments_cost_copies_of_at_most_twice_their_bytes()
    {
        var wire = Bytes($"*{RespLimits.ArgumentsMax}\r\n" + string.Concat(Enumerable.Repeat("$1\r\na\r\n", RespLimits.ArgumentsMax)));
        var feed = new RequestFeed();

        foreach (var piece in wire.Chunk(997))
            feed.Receive(piece);

        Assert.Equal((RespLimits.ArgumentsMax, 0), (feed.LastLength, feed.HeldBytes));
        Assert.InRange(feed.MovedBytes, 0, 2L * wire.Length);
    }

    [Fact]
    public void A_hundred_megabytes_in_pieces_of_a_kilobyte_cost_copies_of_at_most_their_bytes()
    {
        const int length = 100 << 20;
        var feed = new RequestFeed();
        feed.Receive(Bytes($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${length}\r\n"));
        var piece = new byte[1024];

        for (var sent = 0; sent < length; sent += piece.Length)
            feed.Receive(piece);
        feed.Receive("\r\n"u8.ToArray());

        Assert.Equal((3, 0), (feed.LastLength, feed.HeldBytes));
        Assert.InRange(feed.MovedBytes, 0, length);
    }

    [Fact]
    public void Small_arguments_behind_a_large_one_move_it_no_more()
    {
        const int length = 32 << 20;
        var feed = new RequestFeed();
        feed.Receive(Bytes($"*5\r\n$3\r\nSET\r\n$1\r\nk\r\n${length}\r\n"));
        feed.Receive(new byte[length]);
        var moved = feed.MovedBytes;

        feed.Receive("\r\n$2\r\nEX\r\n$2\r\n10\r\n"u8.ToArray());

        Assert.Equal((5, moved), (feed.LastLength, feed.MovedBytes));
    }

    // A request before the fault is found in any case; what comes behind the fault is never read.
    private static string Until(string error, byte[][] pieces)
    {
        var text = RequestFeed.Read(pieces);
        return text.StartsWith(error, StringComparison.Ordinal) ? error : text;
    }

    private static IEnumerable<byte[]> Cut(byte[] bytes, Random random, int pieceMax)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var length = Math.Min(random.Next(1, pieceMax), bytes.Length - at);
            yield return bytes[at..(at + length)];
            at += length;
        }
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
