using System.Numerics;
using RespKv.Server.Kv;

namespace RespKv.Tests.Commands;

/// <summary>Fields of every width at any place, against <see cref="BitModel"/>.</summary>
public sealed class BitFieldTests
{
    private const int Rounds = 5000;

    public static TheoryData<int> Seeds => [1, 2, 3];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Reads_as_the_model_does(int seed)
    {
        var random = new Random(seed);
        var value = new byte[24];
        for (var round = 0; round < Rounds; round++)
        {
            random.NextBytes(value);
            var field = AnyField(random, 260);
            Assert.True(BitModel.Read(value, field) == field.Read(value), $"{Convert.ToHexString(value)} {field}");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Writes_as_the_model_does(int seed)
    {
        var random = new Random(seed);
        var value = new byte[24];
        for (var round = 0; round < Rounds; round++)
        {
            random.NextBytes(value);
            var field = AnyField(random, (value.Length * 8) - 64);
            var number = field.Fit(AnyNumber(random), BitOverflow.Wrap)!.Value;
            var expected = BitModel.Write(value, field, number);
            // No byte beyond the field's own is needed.
            field.Write(value.AsSpan(0, (int)field.BytesNeeded), number);
            Assert.Equal(expected, value);
            Assert.Equal(number, field.Read(value));
        }
    }

    [Theory]
    [InlineData(BitOverflow.Wrap, 1)]
    [InlineData(BitOverflow.Saturate, 2)]
    [InlineData(BitOverflow.Fail, 3)]
    public void Overflows_as_the_model_does(object mode, int seed)
    {
        var (random, overflow) = (new Random(seed), (BitOverflow)mode);
        for (var round = 0; round < Rounds; round++)
        {
            var (field, old, by) = (AnyField(random, 100), AnyNumber(random), AnyNumber(random));
            var expected = BitModel.Fit((BigInteger)old + by, field, overflow);
            var actual = field.Fit((Int128)old + by, overflow);
            Assert.True(expected == (actual is { } number ? (BigInteger)number : null), $"{old} + {by} in {field}: {actual}");
        }
    }

    [Fact]
    public void A_negative_number_is_too_large_for_an_unsigned_field_when_set_and_too_small_when_added()
    {
        var field = new BitField(0, 8, false);
        Assert.Equal(7, new BitFieldOperation(BitFieldAction.Set, field, -5, BitOverflow.Saturate).Evaluate([7], out var set));
        Assert.Equal(0, new BitFieldOperation(BitFieldAction.Increment, field, -50, BitOverflow.Saturate).Evaluate([7], out _));
        Assert.Equal(255, set);
    }

    [Fact]
    public void The_smallest_of_all_numbers_saturates_to_the_smallest_of_the_field()
    {
        new BitFieldOperation(BitFieldAction.Set, new BitField(0, 8, true), long.MinValue, BitOverflow.Saturate).Evaluate([7], out var set);
        Assert.Equal(-128, set);
    }

    private static BitField AnyField(Random random, int offsetMax)
    {
        var isSigned = random.Next(2) == 0;
        return new BitField(random.Next(offsetMax), random.Next(1, isSigned ? 65 : 64), isSigned);
    }

    private static long AnyNumber(Random random) => random.Next(4) switch
    {
        0 => random.Next(-300, 300),
        1 => random.NextInt64(long.MinValue, long.MaxValue),
        2 => long.MaxValue - random.Next(3),
        _ => long.MinValue + random.Next(3),
    };
}
