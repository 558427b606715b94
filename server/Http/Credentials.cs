using System.Text;
using Microsoft.Extensions.Primitives;

namespace RespKv.Server.Http;

/// <summary>What the header Authorization of a request holds.</summary>
/// <param name="Token">What came as a bearer token; empty for none.</param>
/// <param name="UserName">The user of a name and a password, a character for each byte; null for none. They come by the scheme Basic, or as a token with a colon between them.</param>
/// <param name="Password">The password.</param>
/// <param name="IsBasic">Whether a browser may have sent them by itself.</param>
internal readonly record struct Credentials(string Token, string? UserName, byte[] Password, bool IsBasic)
{
    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";

    public static Credentials Of(StringValues authorization)
    {
        if (authorization.Count != 1)
            return None;
        var value = authorization[0]!;
        if (value.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            var token = value[Bearer.Length..].Trim();
            return Split(token) with { Token = token };
        }

        if (!value.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
            return None;
        var bytes = new byte[value.Length];
        return Convert.TryFromBase64String(value[Basic.Length..].Trim(), bytes, out var length) ? Split(Encoding.Latin1.GetString(bytes, 0, length)) with { IsBasic = true } : None;
    }

    private static Credentials None => new("", null, [], false);

    // A password may hold colons, a name that is used here may not.
    private static Credentials Split(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? None : new Credentials("", text[..colon], Encoding.Latin1.GetBytes(text[(colon + 1)..]), false);
    }
}
