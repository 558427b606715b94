using System.Text;
using RespKv.Server.Kv;

namespace RespKv.Tests.Kv;

public sealed class IntegerValueTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("7", 7)]
    [InlineData("-12", -12)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    public void An_integer_is_read(string text, long value)
    {
        Assert.True(IntegerValue.TryParse(Encoding.ASCII.GetBytes(text), out var read));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("-0")]
    [InlineData("+7")]
    [InlineData("007")]
    [InlineData(" 7")]
    [InlineData("7 ")]
    [InlineData("7.0")]
    [InlineData("7x")]
    [InlineData("9223372036854775808")]
    [InlineData("-9223372036854775809")]
    [InlineData("100000000000000000000")]
    public void What_is_none_is_refused(string text) => Assert.False(IntegerValue.TryParse(Encoding.ASCII.GetBytes(text), out _));
}
