using System.Globalization;
using System.Text;

namespace RespKv.Server.Http;

/// <summary>JSON in the value of a header, which must be one line of printable ASCII.</summary>
internal static class HeaderJson
{
    /// <summary>The same JSON in that form.</summary>
    /// <param name="json">Valid JSON in UTF-8.</param>
    public static string Of(ReadOnlySpan<byte> json)
    {
        var text = new StringBuilder(json.Length);
        foreach (var c in Encoding.UTF8.GetString(json))
        {
            if (c is >= ' ' and <= '~')
                text.Append(c);
            else if (c < ' ')
                // Valid JSON has control characters between its parts only.
                text.Append(' ');
            else
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return text.ToString();
    }
}
