using System.Text;
using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>What an LCS is to reply: the bytes unless told.</summary>
internal readonly record struct LcsOptions(bool Length, bool Indexes, long PartLengthMin, bool WithLengths)
{
    /// <summary>Reads <c>[LEN] [IDX] [MINMATCHLEN n] [WITHMATCHLEN]</c> behind the keys. Returns the error; Redis looks at the keys first.</summary>
    public static string? Parse(RespRequest request, out LcsOptions options)
    {
        options = default;
        for (var i = 3; i < request.Length; i++)
        {
            var word = request[i];
            if (Ascii.EqualsIgnoreCase(word, "LEN"u8))
                options = options with { Length = true };
            else if (Ascii.EqualsIgnoreCase(word, "IDX"u8))
                options = options with { Indexes = true };
            else if (Ascii.EqualsIgnoreCase(word, "WITHMATCHLEN"u8))
                options = options with { WithLengths = true };
            else if (!Ascii.EqualsIgnoreCase(word, "MINMATCHLEN"u8) || ++i == request.Length)
                return ErrorReplies.Syntax;
            else if (!request.TryGetInt64(i, out var least))
                return ErrorReplies.NotAnInteger;
            else
                options = options with { PartLengthMin = least };
        }

        return options is { Length: true, Indexes: true } ? "ERR If you want both the length and indexes, please just use IDX." : null;
    }
}
