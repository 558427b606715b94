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

    public void Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired)
    {
        Keys.Add(Encoding.Latin1.GetString(key));
        Types.Add(type);
        MayBeExpired.Add(mayBeExpired);
    }
}
