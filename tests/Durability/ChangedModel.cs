using System.Globalization;
using System.Text;
using RespKv.Protocol;

namespace RespKv.Tests.Durability;

/// <summary>Some strings that are changed in part at random, as they should be.</summary>
internal sealed class ChangedModel(int seed)
{
    private const int Keys = 40;
    private const int PipelineMax = 50;

    private readonly Random random = new(seed);
    private readonly Dictionary<string, byte[]> values = [];
    private int sequence;

    /// <summary>Sends so many changes and takes their replies.</summary>
    public async Task ChangeAsync(RespClient client, int count)
    {
        for (var done = 0; done < count; done += PipelineMax)
        {
            for (var i = 0; i < PipelineMax; i++)
                await client.SendCommandAsync(Next());
            for (var i = 0; i < PipelineMax; i++)
                Assert.False((await client.ReadReplyAsync()).IsError);
        }
    }

    /// <summary>Keys whose values are not what they should be.</summary>
    public async Task<List<string>> DifferencesAsync(RespClient client)
    {
        var found = new List<string>();
        for (var i = 0; i < Keys; i++)
        {
            var reply = await client.ExecuteAsync("GET", KeyOf(i));
            var told = reply.IsNull ? null : reply.Bytes.ToArray();
            if (values.GetValueOrDefault(KeyOf(i)) is var value && !(value ?? []).AsSpan().SequenceEqual(told) | (value == null) != (told == null))
                found.Add($"{KeyOf(i)}: {told?.Length ?? -1} bytes told, {value?.Length ?? -1} expected, seed {seed}");
        }

        return found;
    }

    private RespArgument[] Next()
    {
        sequence++;
        var number = random.Next(Keys);
        var key = KeyOf(number);
        var before = values.GetValueOrDefault(key, []);
        switch (random.Next(20))
        {
            case 0:
                // Some of them in files.
                values[key] = Part(number % 8 == 0 ? 300_000 : random.Next(1, 20_000));
                return ["SET", key, values[key]];
            case 1:
                values.Remove(key);
                return ["DEL", key];
            case 2:
                return ["EXPIREAT", key, "4102444800"];
            case 3:
                return ["PERSIST", key];
            case < 10:
                var offset = random.Next(Math.Min(before.Length, 30_000) + 200);
                var part = Part(random.Next(1, 200));
                values[key] = Grown(before, offset + part.Length);
                part.CopyTo(values[key], offset);
                return ["SETRANGE", key, offset, part];
            case < 14:
                var bit = random.Next((Math.Min(before.Length, 30_000) + 50) * 8);
                values[key] = Grown(before, (bit >> 3) + 1);
                values[key][bit >> 3] |= (byte)(0x80 >> (bit & 7));
                return ["SETBIT", key, bit, 1];
            default:
                var tail = Part(random.Next(1, 300));
                values[key] = [.. before, .. tail];
                return ["APPEND", key, tail];
        }
    }

    private static byte[] Grown(byte[] before, int length)
    {
        var value = new byte[Math.Max(before.Length, length)];
        before.CopyTo(value, 0);
        return value;
    }

    private static string KeyOf(int i) => "changed" + i.ToString(CultureInfo.InvariantCulture);

    // Unlike any other, so that bytes from another time are noticed.
    private byte[] Part(int bytes) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{sequence}.").PadRight(bytes, (char)('a' + (sequence % 26))))[..bytes];
}
