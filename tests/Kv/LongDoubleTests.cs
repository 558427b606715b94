using System.Text;
using RespKv.Server.Kv;

namespace RespKv.Tests.Kv;

/// <summary>The replies were taken from Redis on x86-64.</summary>
public sealed class LongDoubleTests
{
    [Theory]
    [InlineData("0.1", "0.2", "0.3")]
    [InlineData("0.3", "5.0e3", "5000.29999999999999982")]
    [InlineData("3.0", "1.1", "4.1")]
    [InlineData("12345678901234567890", "1", "12345678901234567891")]
    [InlineData("18446744073709551615", "1", "18446744073709551616")]
    [InlineData("36893488147419103233", "0", "36893488147419103232")]
    [InlineData("1e22", "1", "10000000000000000000000")]
    [InlineData("0x10", "0x.8p1", "17")]
    [InlineData("0x1p-17", "0", "0.00000762939453125")]
    [InlineData("-0", "0", "0")]
    [InlineData("-1e-30", "0", "0")]
    [InlineData("1", "-1", "0")]
    [InlineData("-.5", "+0.", "-0.5")]
    public void Sums_have_the_digits_of_the_extended_format(string value, string increment, string sum) =>
        Assert.Equal(sum, (Read(value) + Read(increment)).ToString());

    [Fact]
    public void The_largest_number_has_all_its_digits() =>
        Assert.Equal(("118973149535723176502126385303", 4933), (Read("0x1.fffffffffffffffep16383").ToString()[..30], Read("0x1.fffffffffffffffep16383").ToString().Length));

    [Theory]
    [InlineData("1.18e4932", "1.18e4932")]
    [InlineData("inf", "1")]
    [InlineData("-Infinity", "1")]
    [InlineData("inf", "-inf")]
    public void Sums_beyond_the_range_are_not_finite(string value, string increment) => Assert.False((Read(value) + Read(increment)).IsFinite);

    [Theory]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1\0")]
    [InlineData("-")]
    [InlineData(".")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1.2.3")]
    [InlineData("0x")]
    [InlineData("0x.")]
    [InlineData("0x1p")]
    [InlineData("--1")]
    [InlineData("nan")]
    [InlineData("infi")]
    [InlineData("1e4933")]
    [InlineData("1e99999999999")]
    [InlineData("1e-4960")]
    [InlineData("0x1p16384")]
    [InlineData("0x1p-16447")]
    public void Other_text_is_refused(string text) => Assert.False(LongDouble.TryParse(Encoding.Latin1.GetBytes(text), out _));

    [Theory]
    [InlineData(5119, true)]
    [InlineData(5120, false)]
    public void Text_is_as_long_as_the_buffer_of_Redis(int length, bool isRead) =>
        Assert.Equal(isRead, LongDouble.TryParse(Encoding.ASCII.GetBytes("0." + new string('1', length - 2)), out _));

    private static LongDouble Read(string text)
    {
        Assert.True(LongDouble.TryParse(Encoding.ASCII.GetBytes(text), out var value), text);
        return value;
    }
}
