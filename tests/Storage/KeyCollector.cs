using System.Text;
using RespKv.Server.Storage;

namespace RespKv.Tests.Storage;

/// <summary>Keeps what the directory or the ordered index hands out; keys are read as Latin-1, so that any bytes compare as text.</summary>
internal sealed class KeyCollector : IKeySink
{
    public List<string> Keys { get; } = [];

    public List<byte> Types { get; } = [];

    public List<bool> MayBeExpired { get; } = [];

    public static byte[] Bytes(string key) => Encoding.Latin1.GetBytes(key);

    /// <summary>A well-mixed hash that is the same in every run, so that a failure repeats; the store's own is seeded per process.</summary>
    public static ulong Hash(ReadOnlySpan<byte> key)
    {
        var hash = 0xCBF2_9CE4_8422_2325UL;
        foreach (var b in key)
            hash = (hash ^ b) * 0x0000_0100_0000_01B3UL;
        hash = (hash ^ (hash >> 32)) * 0x9E37_79B9_7F4A_7C15UL;
        return hash ^ (hash >> 29);
    }

    public void Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired)
    {
        Keys.Add(Encoding.Latin1.GetString(key));
        Types.Add(type);
        MayBeExpired.Add(mayBeExpired);
    }
}
