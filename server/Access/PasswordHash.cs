using System.Buffers;
using System.Security.Cryptography;

namespace RespKv.Server.Access;

/// <summary>What is kept of a password: its SHA-256 in lower-case hexadecimal digits.</summary>
internal static class PasswordHash
{
    private const int Digits = 64;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    public static string Of(ReadOnlySpan<byte> password) => Convert.ToHexStringLower(SHA256.HashData(password));

    public static bool IsHash(string text) => text.Length == Digits && !text.AsSpan().ContainsAnyExcept(HexDigits);

    /// <summary>Whether a password's hash is among those; how long it takes tells nothing of where two differ.</summary>
    public static bool IsAmong(IReadOnlyList<string> hashes, string hash)
    {
        var given = RuleText.BytesOf(hash);
        var isFound = false;
        foreach (var known in hashes)
            isFound |= CryptographicOperations.FixedTimeEquals(given, RuleText.BytesOf(known));
        return isFound;
    }
}
