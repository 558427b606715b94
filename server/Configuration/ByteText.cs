using System.Text;

namespace RespKv.Server.Configuration;

/// <summary>
/// Values of parameters are strings of bytes, one character for each, since a password may be any bytes and comes from clients as such. What the system and its operator
/// write, command lines and the names of files, is text in UTF-8.
/// </summary>
internal static class ByteText
{
    /// <summary>The value that a text makes.</summary>
    public static string FromText(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>The text that a value holds.</summary>
    public static string ToText(string value) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(value));
}
