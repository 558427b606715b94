using System.Text;
using RespKv.Protocol;

namespace RespKv.Tests.Protocol;

public sealed class RespReplyTests
{
    [Theory]
    [InlineData("+OK\r\n", RespReplyKind.SimpleString, "OK")]
    [InlineData("+\r\n", RespReplyKind.SimpleString, "")]
    [InlineData("-ERR no\r\n", RespReplyKind.Error, "(error) ERR no")]
    [InlineData(":-42\r\n", RespReplyKind.Integer, "-42")]
    [InlineData("$5\r\na\r\nbc\r\n", RespReplyKind.BulkString, "\"a\r\nbc\"")]
    [InlineData("$0\r\n\r\n", RespReplyKind.BulkString, "\"\"")]
    [InlineData("$-1\r\n", RespReplyKind.Null, "(null)")]
    [InlineData("*-1\r\n", RespReplyKind.Null, "(null)")]
    [InlineData("_\r\n", RespReplyKind.Null, "(null)")]
    [InlineData("#t\r\n", RespReplyKind.Boolean, "t")]
    [InlineData(",1.5\r\n", RespReplyKind.Double, "1.5")]
    [InlineData("(123456789012345678901\r\n", RespReplyKind.BigNumber, "123456789012345678901")]
    [InlineData("!6\r\nERR \r\n\r\n", RespReplyKind.Error, "(error) ERR \r\n")]
    [InlineData("=8\r\ntxt:text\r\n", RespReplyKind.VerbatimString, "\"text\"")]
    [InlineData("*0\r\n", RespReplyKind.Array, "[]")]
    [InlineData("*2\r\n*1\r\n:1\r\n$-1\r\n", RespReplyKind.Array, "[[1], (null)]")]
    [InlineData("%1\r\n+k\r\n*1\r\n+v\r\n", RespReplyKind.Map, "{k, [v]}")]
    [InlineData("~2\r\n:1\r\n:2\r\n", RespReplyKind.Set, "~[1, 2]")]
    [InlineData(">1\r\n+m\r\n", RespReplyKind.Push, ">[m]")]
    [InlineData("|1\r\n+k\r\n:1\r\n+v\r\n", RespReplyKind.SimpleString, "v")]
    public void Reads_each_wire_form(string wire, RespReplyKind kind, string text)
    {
        var reply = RespReply.Parse(Encoding.Latin1.GetBytes(wire));

        Assert.Equal((kind, text), (reply.Kind, reply.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n")]
    [InlineData("OK\r\n")]
    [InlineData("+OK")]
    [InlineData("$x\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("$3\r\nab\r\n")]
    [InlineData("$1\r\nab\r\n")]
    [InlineData("*2\r\n:1\r\n")]
    [InlineData("*99999999999\r\n")]
    [InlineData("#\r\n")]
    [InlineData("=2\r\nab\r\n")]
    [InlineData("+a\r\n+b\r\n")]
    public void Refuses_what_is_not_exactly_one_reply(string wire) =>
        Assert.Throws<InvalidDataException>(() => RespReply.Parse(Encoding.Latin1.GetBytes(wire)));

    [Fact]
    public void Refuses_nesting_without_end() =>
        Assert.Throws<InvalidDataException>(() => RespReply.Parse(Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat("*1\r\n", 100_000)) + ":1\r\n")));

    [Fact]
    public void Numbers_are_read_from_text()
    {
        Assert.Equal(long.MinValue, RespReply.Parse("$20\r\n-9223372036854775808\r\n"u8.ToArray()).Integer);
        Assert.Equal(double.NegativeInfinity, RespReply.Parse(",-inf\r\n"u8.ToArray()).Double);
        Assert.Equal(2.5, RespReply.Parse("$3\r\n2.5\r\n"u8.ToArray()).Double);
        Assert.True(RespReply.Parse("#t\r\n"u8.ToArray()).Boolean);
        Assert.Throws<FormatException>(() => RespReply.Parse("$1\r\nx\r\n"u8.ToArray()).Integer);
    }

    [Fact]
    public void Attributes_belong_to_the_reply_they_precede()
    {
        var reply = RespReply.Parse("*1\r\n|1\r\n+ttl\r\n:5\r\n$1\r\nv\r\n"u8.ToArray());

        Assert.Equal(5, reply[0].Attributes![1].Integer);
        Assert.Equal("v", reply[0].Text);
    }
}
