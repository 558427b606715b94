using System.Buffers.Binary;
using System.Numerics;
using RespKv.Server.Storage.Durability;

namespace RespKv.Tests.Storage;

public sealed class Crc32CTests
{
    [Fact]
    public void It_is_the_checksum_that_the_standard_gives_for_its_check_text() =>
        Assert.Equal(0xE3069283, ~Crc32C.Append(uint.MaxValue, "123456789"u8));

    // RFC 3720, B.4: 32 bytes of zeros, of ones, and counting up.
    [Theory]
    [InlineData(0x8A9136AA, 0, 0)]
    [InlineData(0x62A8AB43, 255, 0)]
    [InlineData(0x46DD794E, 0, 1)]
    public void It_is_the_checksum_that_iSCSI_gives(uint expected, byte first, int step) =>
        Assert.Equal(expected, ~Crc32C.Append(uint.MaxValue, [.. Enumerable.Range(0, 32).Select(i => (byte)(first + (i * step)))]));

    [Fact]
    public void Whatever_the_length_and_the_start_it_is_what_byte_after_byte_comes_to()
    {
        var random = new Random(3);
        var bytes = new byte[20_000];
        random.NextBytes(bytes);
        for (var round = 0; round < 2000; round++)
        {
            var start = (uint)random.NextInt64();
            var part = bytes.AsSpan(random.Next(64), round < 1000 ? round * 4 : random.Next(bytes.Length - 64));
            var expected = start;
            foreach (var next in part)
                expected = BitOperations.Crc32C(expected, next);
            Assert.Equal(expected, Crc32C.Append(start, part));
        }
    }

    [Fact]
    public void A_checksum_can_be_gone_on_with()
    {
        var bytes = new byte[5000];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(3000), 1);
        Assert.Equal(Crc32C.Append(7, bytes), Crc32C.Append(Crc32C.Append(7, bytes.AsSpan(0, 1701)), bytes.AsSpan(1701)));
    }
}
