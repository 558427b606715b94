using RespKv.Server.Scripting.Libraries;
using RespKv.Server.Scripting.Syntax;

namespace RespKv.Tests.Scripting;

public sealed class LuaNumberTests
{
    [Theory]
    [InlineData("10", 10)]
    [InlineData(" 5 ", 5)]
    [InlineData("-1.5e2", -150)]
    [InlineData(".5", 0.5)]
    [InlineData("5.", 5)]
    [InlineData("0x1F", 31)]
    [InlineData("0x1p4", 16)]
    [InlineData("0x1.8", 1.5)]
    [InlineData("inf", double.PositiveInfinity)]
    public void Texts_that_C_reads_are_numbers(string text, double value)
    {
        Assert.True(LuaNumber.TryParse(text, out var read));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("1 2")]
    [InlineData("1e")]
    [InlineData("0x")]
    [InlineData("--1")]
    [InlineData("1_0")]
    [InlineData("1,000")]
    public void Others_are_not(string text) => Assert.False(LuaNumber.TryParse(text, out _));

    [Theory]
    [InlineData(5, "5")]
    [InlineData(-0.0, "-0")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e14, "1e+14")]
    [InlineData(99999999999999, "99999999999999")]
    [InlineData(1e100, "1e+100")]
    [InlineData(1e-5, "1e-05")]
    [InlineData(1.0 / 3, "0.33333333333333")]
    [InlineData(123456.789, "123456.789")]
    [InlineData(double.NegativeInfinity, "-inf")]
    public void Numbers_are_shown_with_14_digits(double value, string text) => Assert.Equal(text, LuaFormat.Number(value));
}
