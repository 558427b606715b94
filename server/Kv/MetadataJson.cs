using System.Text.Json;
using System.Text.Unicode;

namespace RespKv.Server.Kv;

/// <summary>Checks metadata: one JSON value and nothing else, since Workers parse it.</summary>
internal static class MetadataJson
{
    public static bool IsValid(ReadOnlySpan<byte> text)
    {
        // The reader looks at the bytes of a string only when it is asked for the text.
        if (!Utf8.IsValid(text))
            return false;
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = int.MaxValue });
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
