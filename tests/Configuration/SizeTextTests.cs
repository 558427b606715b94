using RespKv.Server.Configuration;

namespace RespKv.Tests.Configuration;

public sealed class SizeTextTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("100", 100)]
    [InlineData("7b", 7)]
    [InlineData("1k", 1000)]
    [InlineData("1kb", 1024)]
    [InlineData("100mb", 104_857_600)]
    [InlineData("100M", 100_000_000)]
    [InlineData("2GB", 2_147_483_648)]
    [InlineData("2g", 2_000_000_000)]
    [InlineData("", 0)]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData("18446744073709551616", ulong.MaxValue)]
    [InlineData("99999999999gb", ulong.MaxValue)]
    public void A_size_is_read(string text, ulong bytes)
    {
        Assert.True(SizeText.TryParse(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.5gb")]
    [InlineData("10xb")]
    [InlineData("10kk")]
    [InlineData("10bk")]
    [InlineData(" 10")]
    [InlineData("1 kb")]
    public void What_is_none_is_refused(string text) => Assert.False(SizeText.TryParse(text, out _));
}
