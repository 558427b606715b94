using System.Buffers.Text;
using System.Text.Unicode;
using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>
/// A page of the keys of a namespace in the byte order of UTF-8, from the ordered index. It is full whatever has expired, unless it is the last one, its
/// values are too large to be held together, or very many names were passed over. The cursor names the last key, so it needs no state here and is stable under changes.
/// </summary>
internal sealed class ListPage : IKeySink
{
    // Where a page with values ends early, in bytes.
    private const int PageBytesMax = 32 * 1024 * 1024;
    private const byte CursorVersion = 1;

    // Names passed over on one page, after which it ends early.
    private const int PassedOverMax = 10_000;

    private readonly List<byte[]> names = [];

    public KvEntries Entries { get; } = new();

    /// <summary>Whether no key follows.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Where the next page begins; empty when there is none.</summary>
    public string Cursor { get; private set; } = "";

    /// <summary>Whether names that are not UTF-8 are left out, for those who could not be told them.</summary>
    public bool TakesTextOnly { get; init; }

    /// <summary>Reads a cursor; false when it is not one of ours.</summary>
    public static bool TryParseCursor(ReadOnlySpan<byte> text, out byte[] lastKey)
    {
        lastKey = [];
        // The decoder throws at what is no base64.
        if (!Base64Url.IsValid(text, out var length))
            return false;
        var decoded = new byte[length];
        if (!Base64Url.TryDecodeFromUtf8(text, decoded, out length) || length == 0 || decoded[0] != CursorVersion)
            return false;
        lastKey = decoded[1..length];
        return true;
    }

    /// <summary>Gathers the page behind <paramref name="lastKey"/> (null: from the start). The namespace's ordered index is complete.</summary>
    public void Fill(Keyspace keyspace, ReadOnlySpan<byte> prefix, byte[]? lastKey, int limit, bool withValues)
    {
        var index = keyspace.Namespace.Keys.Ordered!;
        Entries.Begin(withValues);
        IsComplete = false;
        var after = lastKey;
        var passedOver = 0;
        while (Entries.Count <= limit && Entries.Bytes < PageBytesMax && passedOver < PassedOverMax)
        {
            names.Clear();
            // One more than the page tells whether another follows.
            index.List(prefix, after ?? [], after != null, limit + 1 - Entries.Count, this);
            if (names.Count == 0)
            {
                IsComplete = true;
                break;
            }

            foreach (var name in names)
            {
                after = name;
                if ((TakesTextOnly && !Utf8.IsValid(name)) || !Entries.TryTake(keyspace, name))
                    passedOver++;
                if (Entries.Bytes >= PageBytesMax)
                    break;
            }
        }

        if (Entries.Count > limit)
        {
            Entries.RemoveLast();
            after = Entries.Slice(Entries[^1].Name).ToArray();
        }

        Cursor = IsComplete ? "" : CursorAt(after);
        names.Clear();
    }

    public void Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired) => names.Add(key.ToArray());

    private static string CursorAt(ReadOnlySpan<byte> key)
    {
        var bytes = new byte[key.Length + 1];
        bytes[0] = CursorVersion;
        key.CopyTo(bytes.AsSpan(1));
        return Base64Url.EncodeToString(bytes);
    }
}
