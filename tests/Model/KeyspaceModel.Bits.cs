using static RespKv.Tests.Model.ModelReplies;

namespace RespKv.Tests.Model;

internal sealed partial class KeyspaceModel
{
    private string ExecuteOnBits(Dictionary<string, ModelEntry> keys, string[] command) => command[0] switch
    {
        "SETBIT" => SetBit(keys, command[1], (int)Number(command[2]), command[3] == "1"),
        "GETBIT" => Flag(Bit(Find(keys, command[1])?.Value ?? "", (int)Number(command[2]))),
        "BITCOUNT" => Integer((Find(keys, command[1])?.Value ?? "").Sum(b => System.Numerics.BitOperations.PopCount(b))),
        "BITPOS" => Integer(FirstBit(Find(keys, command[1])?.Value, command[2] == "1")),
        _ => Combine(keys, command[1], command[2], command[3..]),
    };

    private static bool Bit(string value, int offset) => offset / 8 < value.Length && (value[offset / 8] & (0x80 >> (offset % 8))) != 0;

    private static long FirstBit(string? value, bool wanted)
    {
        // A missing key is all zeros; an empty string has no bits at all, as Redis has it.
        if (string.IsNullOrEmpty(value))
            return value == null && !wanted ? 0 : -1;
        var bits = value.Length * 8;
        var found = Enumerable.Range(0, bits).FirstOrDefault(i => Bit(value, i) == wanted, -1);
        // Behind the end of a string there are zeros.
        return found >= 0 || wanted ? found : bits;
    }

    private string SetBit(Dictionary<string, ModelEntry> keys, string key, int offset, bool bit)
    {
        var old = Find(keys, key) ?? new ModelEntry("");
        var letters = old.Value.PadRight((offset / 8) + 1, '\0').ToCharArray();
        var mask = 0x80 >> (offset % 8);
        letters[offset / 8] = (char)(bit ? letters[offset / 8] | mask : letters[offset / 8] & ~mask);
        keys[key] = old with { Value = new string(letters) };
        return Flag(Bit(old.Value, offset));
    }

    // BITOP operation destination key [key ...]
    private string Combine(Dictionary<string, ModelEntry> keys, string operation, string destination, string[] sources)
    {
        var values = sources.Select(key => Find(keys, key)?.Value ?? "").ToList();
        var length = values.Max(value => value.Length);
        var letters = new char[length];
        for (var i = 0; i < length; i++)
        {
            var bytes = values.Select(value => i < value.Length ? value[i] : 0);
            letters[i] = (char)(byte)(operation switch
            {
                "AND" => bytes.Aggregate((a, b) => a & b),
                "OR" => bytes.Aggregate((a, b) => a | b),
                "XOR" => bytes.Aggregate((a, b) => a ^ b),
                _ => ~bytes.Single(),
            });
        }

        keys.Remove(destination);
        if (length > 0)
            keys[destination] = new ModelEntry(new string(letters));
        return Integer(length);
    }
}
