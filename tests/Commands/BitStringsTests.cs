using RespKv.Server.Kv;

namespace RespKv.Tests.Commands;

/// <summary>Seeded random strings, against <see cref="BitModel"/>.</summary>
public sealed class BitStringsTests
{
    private const int Rounds = 3000;

    public static TheoryData<int> Seeds => [1, 2, 3];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Counts_as_the_model_does(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var (value, range) = (AnyValue(random), AnyRange(random));
            Assert.True(BitModel.Count(value, range) == BitStrings.Count(value, range), $"{Convert.ToHexString(value)} {range}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Finds_as_the_model_does(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var (value, range, bit, hasEnd) = (AnyValue(random), AnyRange(random), random.Next(2) == 1, random.Next(2) == 1);
            if (!hasEnd)
                range = range with { Last = -1, IsInBits = false };
            Assert.True(BitModel.Position(value, bit, range, hasEnd) == BitStrings.Position(value, bit, range, hasEnd), $"{Convert.ToHexString(value)} {bit} {range} {hasEnd}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Gets_and_sets_as_the_model_does(int seed)
    {
        var random = new Random(seed);
        var value = new byte[32];
        var bits = new bool[value.Length * 8];
        for (var round = 0; round < Rounds; round++)
        {
            var (offset, bit) = (random.Next(bits.Length), random.Next(2) == 1);
            BitStrings.Set(value, offset, bit);
            bits[offset] = bit;
            Assert.Equal(BitModel.BytesOf(bits), value);
            Assert.Equal(bit, BitStrings.Get(value, offset));
        }

        Assert.False(BitStrings.Get(value, bits.Length));
        Assert.False(BitStrings.Get(value, uint.MaxValue));
    }

    [Theory]
    [InlineData(BitwiseOperation.And, 1)]
    [InlineData(BitwiseOperation.Or, 2)]
    [InlineData(BitwiseOperation.Xor, 3)]
    public void Combines_as_the_model_does(object operation, int seed)
    {
        var (random, bitwise) = (new Random(seed), (BitwiseOperation)operation);
        for (var round = 0; round < Rounds / 10; round++)
        {
            byte[][] values = [AnyValue(random), AnyValue(random)];
            var longest = new byte[values.Max(v => v.Length)];
            values[0].CopyTo(longest, 0);
            BitStrings.Combine(bitwise, longest, values[1]);
            Assert.Equal(BitModel.Combine(bitwise, values), longest);
        }
    }

    [Fact]
    public void Complements_as_the_model_does()
    {
        var random = new Random(4);
        for (var round = 0; round < Rounds / 10; round++)
        {
            var value = AnyValue(random);
            var expected = BitModel.Combine(BitwiseOperation.Not, [value]);
            BitStrings.Complement(value);
            Assert.Equal(expected, value);
        }
    }

    [Fact]
    public void Indexes_at_the_ends_of_their_type_do_no_harm()
    {
        byte[] value = [0xFF, 0x0F];
        Assert.Equal(12, BitStrings.Count(value, new BitRange(long.MinValue, long.MaxValue, true)));
        Assert.Equal(0, BitStrings.Count(value, new BitRange(long.MaxValue, long.MinValue, false)));
        Assert.Equal(8, BitStrings.Position(value, false, new BitRange(long.MinValue, long.MaxValue, true), hasEnd: true));
    }

    // Long runs of one bit are where searches skip; lengths go past what is counted and combined at a time.
    private static byte[] AnyValue(Random random)
    {
        var value = new byte[random.Next(5) == 0 ? random.Next(300) : random.Next(12)];
        if (random.Next(2) == 0)
            random.NextBytes(value);
        else
            Array.Fill(value, random.Next(2) == 0 ? (byte)0 : (byte)0xFF);
        if (value.Length > 0)
            value[random.Next(value.Length)] ^= (byte)(1 << random.Next(8));
        return value;
    }

    private static BitRange AnyRange(Random random)
    {
        var span = random.Next(2) == 0 ? 12 : 1000;
        return new BitRange(random.Next(-span, span), random.Next(-span, span), random.Next(2) == 0);
    }
}
