using System.Globalization;
using System.Text;
using RespKv.Protocol;

namespace RespKv.Crash;

/// <summary>Random writes of one writer, each with what it does and replies, which is known because nobody else writes to the writer's databases.</summary>
internal sealed class OperationSource(Random random, string name, int database)
{
    private const int KeysOfAKind = 6;
    private const int LargeBytesMax = 1 << 20;
    private const int AppendedBytesMax = 20_000;
    private const int PastEndBytesMax = 300;
    private const string Ok = "OK";
    private const string Queued = "QUEUED";

    // Of what a client measures and of clocks that are read on both sides, in ms.
    private const long ExpirySlackMs = 60_000;

    private int sequence;

    /// <summary>The next write on what the writer has made so far.</summary>
    public Operation Next(WriterModel live)
    {
        sequence++;
        return random.Next(100) switch
        {
            < 24 => Set(),
            < 32 => SetWithExpiry(),
            < 48 => Increment(live),
            < 56 => Append(live),
            < 64 => ChangePart(live),
            < 70 => SetMany(),
            < 80 => Delete(live),
            < 89 => Put(),
            < 91 => SetLarge(),
            < 98 => Transaction(live),
            < 99 => Flush(),
            _ => Swap(),
        };
    }

    private Operation Set() => Simple(Key("s"), Text(random.Next(1, 300)));

    private Operation SetLarge()
    {
        var value = new byte[random.Next(LargeBytesMax / 4, LargeBytesMax)];
        random.NextBytes(value);
        return Simple(Key("b"), value);
    }

    private static Operation Simple(string key, byte[] value)
    {
        var entry = new Entry(value);
        return new Operation([["SET", key, value]], [Ok], model => model.Here[key] = entry);
    }

    private Operation SetWithExpiry()
    {
        var (key, seconds) = (Key("s"), random.Next(3600, 100_000));
        var value = Text(random.Next(1, 100));
        var from = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + (seconds * 1000L);
        var entry = new Entry(value, null, from - 1, from + ExpirySlackMs);
        return new Operation([["SETEX", key, seconds, value]], [Ok], model => model.Here[key] = entry);
    }

    private Operation Increment(WriterModel live)
    {
        var key = Key("n");
        var next = live.Here.TryGetValue(key, out var now) ? long.Parse(now.Value, CultureInfo.InvariantCulture) + 1 : 1;
        var entry = new Entry(Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture)));
        return new Operation([["INCR", key]], [next.ToString(CultureInfo.InvariantCulture)], model => model.Here[key] = entry);
    }

    private Operation Append(WriterModel live)
    {
        var key = Key("a");
        var before = live.Here.TryGetValue(key, out var now) ? now.Value : [];
        var added = Text(random.Next(1, 400));
        if (before.Length > AppendedBytesMax)
            return Simple(key, added);
        var entry = new Entry([.. before, .. added]);
        return new Operation([["APPEND", key, added]], [entry.Value.Length.ToString(CultureInfo.InvariantCulture)], model => model.Here[key] = entry);
    }

    // Some bytes or bits of a value that is appended to, and behind its end.
    private Operation ChangePart(WriterModel live)
    {
        var key = Key("a");
        var before = live.Here.TryGetValue(key, out var now) ? now.Value : [];
        var offset = random.Next(before.Length + PastEndBytesMax);
        return random.Next(3) switch
        {
            0 => ChangeRange(key, before, offset, Text(random.Next(1, 100))),
            1 => ChangeBit(key, before, (offset * 8) + random.Next(8), random.Next(2)),
            _ => ChangeField(key, before, offset, (byte)random.Next(1, 256)),
        };
    }

    private static Operation ChangeRange(string key, byte[] before, int offset, byte[] part)
    {
        var value = Grown(before, offset + part.Length);
        part.CopyTo(value, offset);
        return Changed(["SETRANGE", key, offset, part], value.Length.ToString(CultureInfo.InvariantCulture), key, value);
    }

    private static Operation ChangeBit(string key, byte[] before, int offset, int bit)
    {
        var value = Grown(before, (offset >> 3) + 1);
        var mask = 0x80 >> (offset & 7);
        var old = (value[offset >> 3] & mask) != 0 ? 1 : 0;
        value[offset >> 3] = (byte)(bit == 1 ? value[offset >> 3] | mask : value[offset >> 3] & ~mask);
        return Changed(["SETBIT", key, offset, bit], old.ToString(CultureInfo.InvariantCulture), key, value);
    }

    private static Operation ChangeField(string key, byte[] before, int offset, byte number)
    {
        var value = Grown(before, offset + 1);
        var old = value[offset];
        value[offset] = number;
        return Changed(["BITFIELD", key, "SET", "u8", "#" + offset.ToString(CultureInfo.InvariantCulture), (int)number], $"[{old}]", key, value);
    }

    private static Operation Changed(RespArgument[] command, string reply, string key, byte[] value)
    {
        var entry = new Entry(value);
        return new Operation([command], [reply], model => model.Here[key] = entry);
    }

    private static byte[] Grown(byte[] before, int length)
    {
        var value = new byte[Math.Max(before.Length, length)];
        before.CopyTo(value, 0);
        return value;
    }

    private Operation SetMany()
    {
        var pairs = Enumerable.Range(0, random.Next(2, KeysOfAKind)).Select(i => ($"{name}:m{i}", new Entry(Text(random.Next(1, 60))))).ToArray();
        return new Operation(
            [["MSET", .. pairs.SelectMany(pair => new RespArgument[] { pair.Item1, pair.Item2.Value })]],
            [Ok],
            model =>
            {
                foreach (var (key, entry) in pairs)
                    model.Here[key] = entry;
            });
    }

    private Operation Delete(WriterModel live)
    {
        var kinds = "snambk";
        var keys = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Key(kinds[random.Next(kinds.Length)].ToString())).Distinct().ToArray();
        var there = keys.Count(live.Here.ContainsKey);
        return new Operation(
            [["DEL", .. keys.Select(key => (RespArgument)key)]],
            [there.ToString(CultureInfo.InvariantCulture)],
            model =>
            {
                foreach (var key in keys)
                    model.Here.Remove(key);
            });
    }

    private Operation Put()
    {
        var key = Key("k");
        var metadata = $"{{\"n\":{sequence}}}";
        var hasMetadata = random.Next(3) > 0;
        var entry = new Entry(Text(random.Next(1, 200)), hasMetadata ? metadata : null);
        RespArgument[] command = hasMetadata ? ["KV.PUT", key, entry.Value, "META", metadata] : ["KV.PUT", key, entry.Value];
        return new Operation([command], [Ok], model => model.Here[key] = entry);
    }

    private Operation Transaction(WriterModel live)
    {
        var model = live.Copy();
        var parts = new List<Operation>();
        for (var i = random.Next(2, 5); i > 0; i--)
        {
            var part = random.Next(5) switch
            {
                0 => Increment(model),
                1 => random.Next(2) == 0 ? Append(model) : ChangePart(model),
                2 => SetMany(),
                3 => Delete(model),
                _ => Set(),
            };
            part.Apply(model);
            parts.Add(part);
        }

        return new Operation(
            [["MULTI"], .. parts.SelectMany(part => part.Commands), ["EXEC"]],
            [Ok, .. parts.Select(_ => Queued), $"[{string.Join(", ", parts.SelectMany(part => part.Replies))}]"],
            target =>
            {
                foreach (var part in parts)
                    part.Apply(target);
            });
    }

    private static Operation Flush() => new([["FLUSHDB"]], [Ok], model => model.Here.Clear());

    private Operation Swap() => new([["SWAPDB", database, database + 1]], [Ok], model => model.Swap());

    private string Key(string kind) => $"{name}:{kind}{random.Next(KeysOfAKind)}";

    // Every value is unlike any other, so that one from another time or place is noticed.
    private byte[] Text(int bytes)
    {
        var text = $"{name}.{sequence}.";
        return Encoding.ASCII.GetBytes(text.PadRight(text.Length + bytes, (char)('a' + (sequence % 26))));
    }
}
