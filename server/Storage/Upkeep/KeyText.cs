using System.Text;

namespace RespKv.Server.Storage.Upkeep;

/// <summary>A key as it is shown to operators: quoted, with what is not printable as <c>\xHH</c>.</summary>
internal static class KeyText
{
    // What is longer is cut off: it has to fit a line.
    private const int BytesMax = 200;

    /// <summary>The user's key in a stored one.</summary>
    public static string OfStored(ReadOnlySpan<byte> storedKey)
    {
        Keyset.TryTakeId(ref storedKey, out _);
        return Of(storedKey);
    }

    private static string Of(ReadOnlySpan<byte> key)
    {
        var text = new StringBuilder("\"");
        foreach (var character in key[..Math.Min(key.Length, BytesMax)])
        {
            if (character is < 0x20 or > 0x7E)
                text.Append("\\x").Append(character.ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
            else if (character is (byte)'"' or (byte)'\\')
                text.Append('\\').Append((char)character);
            else
                text.Append((char)character);
        }

        return text.Append(key.Length > BytesMax ? "\"..." : "\"").ToString();
    }
}
