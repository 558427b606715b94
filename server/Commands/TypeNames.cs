using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>What TYPE calls the types.</summary>
internal static class TypeNames
{
    public static string Of(RecordType type) => type switch
    {
        RecordType.String => "string",
        RecordType.Hash or RecordType.LargeHash => "hash",
        _ => "none",
    };
}
