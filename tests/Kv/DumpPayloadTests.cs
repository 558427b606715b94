using System.Buffers.Binary;
using System.Text;
using RespKv.Server.Kv;

namespace RespKv.Tests.Kv;

public sealed class DumpPayloadTests
{
    private const long LengthMax = 512L << 20;

    public static TheoryData<string> Damaged => new()
    {
        "\x00", // No string at all.
        "\x00\x05hell", // Plain: cut off.
        "\x00\x45", // A length of 14 bits: cut off.
        "\x00\x80\x00\x00\x00", // A length of 32 bits: cut off.
        "\x00\x80\x20\x00\x00\x00", // 512 MB announced, none there.
        "\x00\x81\xff\xff\xff\xff\xff\xff\xff\xff", // The longest length.
        "\x00\x82", // A form that there is not.
        "\x00\xc0", // Integers: cut off.
        "\x00\xc1\x01",
        "\x00\xc2\x01\x02\x03",
        "\x00\xc4\x01",
        "\x00\xc3\x03\x80\x20\x00\x00\x00\xe0\xff\x00", // LZF: 512 MB announced, and a copy from before the beginning.
        "\x00\xc3\x02\x05\x00\x61", // Unpacks to less than announced.
        "\x00\xc3\x02\x00\x00\x61", // Unpacks to more than announced.
        "\x00\xc3\x05\x05\x04\x61", // The packed bytes are cut off.
        "\x00\xc3\x02\x05\x04\x61", // A run is cut off.
        "\x00\xc3\x03\x03\x00\x61\x20", // A copy is cut off.
        "\x00\xc3\x05\x04\x00\x61\x20\x01\x00", // A copy from before the beginning.
        "\x01\x01\x01\x61", // A list.
        "\xff\x01\x61", // A type that there is not.
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void What_is_damaged_or_no_string_is_refused_without_taking_memory(string body)
    {
        var payload = Signed(Encoding.Latin1.GetBytes(body));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.True(DumpPayload.IsIntact(payload));
        Assert.Null(DumpPayload.Read(payload, LengthMax));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Theory]
    [InlineData("\x00\x01v", "v")]
    [InlineData("\x00\x40\x01v", "v")]
    [InlineData("\x00\x81\x00\x00\x00\x00\x00\x00\x00\x01v", "v")]
    [InlineData("\x00\xc0\xff", "-1")]
    [InlineData("\x00\xc1\x39\x30", "12345")]
    [InlineData("\x00\xc2\x00\x00\x00\x80", "-2147483648")]
    [InlineData("\x00\xc3\x04\x06\x00\x61\x60\x00", "aaaaaa")] // Copies what it has just written.
    [InlineData("\x00\xc3\x09\x09\x02\x61\x62\x63\x80\x02\x00\x61\x00\x62", null)] // One run too many.
    [InlineData("\x00\xc3\x08\x0a\x02\x61\x62\x63\x80\x02\x00\x61", "abcabcabca")]
    public void Every_form_of_a_string_is_read(string body, string? value)
    {
        var read = DumpPayload.Read(Signed(Encoding.Latin1.GetBytes(body)), LengthMax);

        Assert.Equal(value, read == null ? null : Encoding.Latin1.GetString(read));
    }

    [Fact]
    public void A_value_that_is_longer_than_permitted_is_refused_before_it_is_unpacked()
    {
        // 264 bytes for every three: a payload of 64 KB that unpacks to 5 MB.
        var packed = new byte[3 + (3 * 20_000)];
        packed[0] = 0;
        packed[1] = (byte)'a';
        for (var i = 2; i + 3 <= packed.Length - 1; i += 3)
            (packed[i], packed[i + 1], packed[i + 2]) = (0xe0, 0xff, 0);
        var items = (packed.Length - 3) / 3;
        var body = new byte[11 + 2 + (3 * items)];
        (body[0], body[1], body[2], body[6 + 1]) = (0, 0xc3, 0x80, 0x80);
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(3), (uint)(2 + (3 * items)));
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(8), (uint)(1 + (264 * items)));
        var payload = Signed([.. body[..12], .. packed[..(2 + (3 * items))]]);

        Assert.Equal(1 + (264 * items), DumpPayload.Read(payload, LengthMax)?.Length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(DumpPayload.Read(payload, 1 << 20));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(12, true)]
    [InlineData(13, false)]
    public void Versions_up_to_that_of_Redis_7_4_are_taken(ushort version, bool isTaken) =>
        Assert.Equal(isTaken, DumpPayload.IsIntact(Signed("\0\u0001v"u8.ToArray(), version)));

    [Fact]
    public void The_checksum_is_that_of_Jones() => Assert.Equal(0xe9c6d914c4b8d9caUL, Crc64.Of("123456789"u8));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_bytes_are_refused_or_read_and_harm_nothing(int seed)
    {
        var random = new Random(seed);
        var bodies = Enumerable.Range(0, 20_000).Select(_ => RandomBody(random));

        Assert.All(bodies, body => Assert.InRange(DumpPayload.Read(Signed(body), LengthMax)?.Length ?? 0, 0, 264 * body.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Packed_bytes_unpack_to_what_they_were(int seed)
    {
        var random = new Random(seed);
        var packer = new LzfPacker();
        var values = Enumerable.Range(0, 2_000).Select(_ => Words(random, random.Next(1, 3000)));

        Assert.All(values, value => Assert.Equal(value, DumpPayload.Read(DumpPayload.Of(value, packer).Span, LengthMax)));
    }

    // Bytes in which packing finds something, from few letters.
    private static byte[] Words(Random random, int length) => [.. Enumerable.Range(0, length).Select(_ => (byte)random.Next('a', 'a' + 1 + random.Next(1, 4)))];

    private static byte[] RandomBody(Random random)
    {
        var body = new byte[random.Next(2, 40)];
        random.NextBytes(body);
        (body[0], body[1]) = (0, (byte)(random.Next(2) == 0 ? 0xc3 : body[1]));
        return body;
    }

    private static byte[] Signed(byte[] body, ushort version = 10)
    {
        var payload = new byte[body.Length + 10];
        body.CopyTo(payload, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(payload.AsSpan(body.Length), version);
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(body.Length + 2), Crc64.Of(payload.AsSpan(0, body.Length + 2)));
        return payload;
    }
}
