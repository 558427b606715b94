using System.Text.Json;

namespace RespKv.Server.Kv;

/// <summary>Checks metadata: one JSON value and nothing else, since Workers parse it.</summary>
internal static class MetadataJson
{
    public static bool IsValid(ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text);
        try
        {
            if (!reader.Read() || !reader.TrySkip())
                return false;
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
