using System.Globalization;

namespace RespKv.Server.Storage;

/// <summary>The names of keysets that hold the fields of large hashes, as the log has them beside those of namespaces.</summary>
internal static class FieldsName
{
    // No namespace can be named so.
    private const char Mark = '\u0001';

    public static string Of(uint keysetId) => Mark + keysetId.ToString(CultureInfo.InvariantCulture);

    public static bool Is(string name) => name is [Mark, ..];
}
