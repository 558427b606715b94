using System.Security.Cryptography;
using System.Text;

namespace RespKv.Server.Http;

/// <summary>What a request may do in its namespace.</summary>
internal enum Access
{
    /// <summary>Nothing: its token is not known, or there is none.</summary>
    Unknown,

    /// <summary>Nothing here: its token is for other namespaces.</summary>
    Elsewhere,

    Read,

    ReadAndWrite,
}

/// <summary>The bearer tokens and what each may do. Only their hashes are kept, and all of them are compared, each in constant time.</summary>
internal sealed class AccessTokens
{
    /// <summary>The name that stands for all namespaces.</summary>
    public const string AllNamespaces = "*";

    /// <summary>No tokens.</summary>
    public static readonly AccessTokens None = new([]);

    private readonly Grant[] grants;

    private AccessTokens(Grant[] grants) => this.grants = grants;

    /// <summary>Whether there are any, so that requests need one.</summary>
    public bool Any => grants.Length > 0;

    /// <summary>Reads words such as <c>sessions:rw:secret</c> or <c>*:ro:secret</c>; the text says what is wrong, or is null.</summary>
    public static string? TryParse(IReadOnlyList<string> words, out AccessTokens tokens)
    {
        tokens = None;
        var grants = new List<Grant>();
        foreach (var word in words)
        {
            var parts = word.Split(':');
            // A name may hold colons, a token may not.
            if (parts.Length < 3 || parts[^1].Length == 0 || parts[^2] is not ("ro" or "rw"))
                return "each token is namespace:ro:token or namespace:rw:token";
            var name = string.Join(':', parts[..^2]);
            if (NamespaceName.FaultOf(name) is { } fault)
                return fault;
            grants.Add(new Grant(Canonical(name), parts[^2] == "rw", Hash(parts[^1])));
        }

        tokens = new AccessTokens([.. grants]);
        return null;
    }

    /// <summary>What a token may do in a namespace.</summary>
    public Access Of(string token, string ns)
    {
        var hash = Hash(token);
        var access = Access.Unknown;
        foreach (var grant in grants)
        {
            if (!CryptographicOperations.FixedTimeEquals(hash, grant.TokenHash))
                continue;
            var granted = grant.Namespace != AllNamespaces && grant.Namespace != Canonical(ns) ? Access.Elsewhere : grant.MayWrite ? Access.ReadAndWrite : Access.Read;
            access = granted > access ? granted : access;
        }

        return access;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    // The namespace of database 0 has two names.
    private static string Canonical(string name) => name == "0" ? "default" : name;

    private sealed record Grant(string Namespace, bool MayWrite, byte[] TokenHash);
}
