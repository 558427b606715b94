using System.Globalization;
using StackExchange.Redis;

namespace RespKv.Migrate;

/// <summary>A command to be sent, byte strings as <c>byte[]</c>.</summary>
internal readonly record struct Request(string Name, params object[] Arguments);

/// <summary>A reply, or the text of the error that came instead.</summary>
internal readonly record struct Reply(RedisResult? Result, string? Error)
{
    public bool IsNull => Error == null && Result!.IsNull;

    /// <summary>The text of a string.</summary>
    public string Text => (string?)Value ?? "";

    public byte[]? Bytes => (byte[]?)Value;

    public long Integer => (long)Value;

    /// <summary>The items of an array; none where there is no array.</summary>
    public RedisResult[] Items => Error == null && Result!.Resp2Type == ResultType.Array ? (RedisResult[]?)Result ?? [] : [];

    public bool Says(string beginning) => Error != null && Error.StartsWith(beginning, StringComparison.OrdinalIgnoreCase);

    private RedisResult Value => Error == null ? Result! : throw new MigrationFaultException($"the server replied: {Error}");

    /// <summary>A field of a reply that is a map, in either protocol.</summary>
    public byte[]? Field(string name)
    {
        var items = Items;
        for (var i = 0; i + 1 < items.Length; i += 2)
        {
            if (string.Equals((string?)items[i], name, StringComparison.Ordinal))
                return (byte[]?)items[i + 1];
        }

        return null;
    }

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
