using System.Text;

namespace RespKv.Server.Commands;

/// <summary>What errors repeat of a request: up to the first NUL, as Redis prints it, and no more than a line's worth. Line ends are cleaned where the error is written.</summary>
internal static class RequestEcho
{
    /// <summary>As much as is repeated of a word, and of all arguments together.</summary>
    public const int BytesMax = 128;

    public static string Of(ReadOnlySpan<byte> word, int bytesMax = BytesMax)
    {
        var end = word.IndexOf((byte)0);
        var length = end < 0 ? word.Length : end;
        return Encoding.Latin1.GetString(word[..Math.Min(length, bytesMax)]);
    }
}
