using System.Text;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>What may be the name of a namespace.</summary>
internal static class NamespaceName
{
    /// <summary>What is wrong with a name, or null.</summary>
    public static string? FaultOf(string name)
    {
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > Namespaces.NameBytesMax)
            return $"a namespace's name has 1 to {Namespaces.NameBytesMax} bytes";
        return name.Any(char.IsControl) ? "a namespace's name must hold no control characters" : null;
    }
}
