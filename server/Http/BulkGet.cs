using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>
/// The answer of a bulk read: an object with a member for each key, in the order in which they were first named. Values are read one after the other, so each is whole,
/// and no two need be of the same moment.
/// </summary>
internal static class BulkGet
{
    private const int CharactersAtOnce = 8 * 1024;

    // No character of UTF-16 takes more of UTF-8.
    private const int BytesOfCharacterMax = 3;

    // As it was read, and written into the answer.
    private const int CopiesOfValue = 2;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Writes it.</summary>
    /// <param name="output">Is given the object.</param>
    /// <param name="data">The data.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="memory">What the request holds in memory.</param>
    /// <param name="cancellation">Ends when the client has gone.</param>
    /// <param name="withExpiration">Whether what has metadata beside it also has its expiration, as in the REST shape.</param>
    /// <exception cref="HttpFault">A key or a value is not what it should be, or the values are too large together.</exception>
    public static async ValueTask WriteAsync(
        ValueBlocks output, KvData data, string ns, BulkGetRequest request, GatheredMemory.Share memory, CancellationToken cancellation, bool withExpiration = false)
    {
        var (characters, limit) = (0L, data.Limits.BulkCharactersMax);
        var done = new HashSet<string>(StringComparer.Ordinal);
        output.Append("{"u8);
        foreach (var name in request.Keys)
        {
            var key = Encoding.UTF8.GetBytes(name);
            KvRules.CheckKey(key, data.Limits);
            KvRules.CheckCacheTtl(request.CacheTtl, data.Limits);
            using var entry = new EntryReader(withValue: true);
            var found = await data.ReadAnyAsync(ns, key, entry).ConfigureAwait(false);
            if (found && entry.Length / BytesOfCharacterMax > limit)
            {
                // Too much by itself, and more than is to be gathered only to say so.
                characters += entry.Length / BytesOfCharacterMax;
                continue;
            }

            await memory.HoldAsync(output.Length + (CopiesOfValue * entry.Length), cancellation).ConfigureAwait(false);
            using var value = Gather(entry);
            var text = Text(value);
            if (found && request.IsJson && !IsJson(text))
                throw HttpFault.BulkNotJson();
            characters += found ? Characters(text) : 0;
            // What is too much altogether is not kept, but its values are looked at all the same: they may have another fault, which goes first.
            if (characters > limit || !done.Add(name))
                continue;
            output.Append(done.Count == 1 ? ""u8 : ","u8);
            WriteMember(output, name, found ? entry : null, text, request, withExpiration);
        }

        if (characters > limit)
            throw HttpFault.BulkTooLarge(limit);
        output.Append("}"u8);
    }

    private static ValueBlocks Gather(EntryReader entry)
    {
        var value = new ValueBlocks();
        if (entry.Blocks is { } small)
        {
            value.Append(small.AsSequence());
            return value;
        }

        for (var left = entry.Length; left > 0;)
        {
            var room = value.GetSpan(1);
            var piece = room[..Math.Min(room.Length, left)];
            entry.Read(entry.Length - left, piece);
            value.Advance(piece.Length);
            left -= piece.Length;
        }

        return value;
    }

    private static void WriteMember(ValueBlocks output, string name, EntryReader? entry, in ReadOnlySequence<byte> text, BulkGetRequest request, bool withExpiration)
    {
        using var json = new Utf8JsonWriter(output, ListJson.Plain);
        json.WriteStringValue(name);
        json.Flush();
        output.Append(":"u8);
        if (entry == null)
        {
            output.Append("null"u8);
            return;
        }

        if (request.WithMetadata)
            output.Append("{\"value\":"u8);
        WriteValue(output, text, request.IsJson);
        if (!request.WithMetadata)
            return;
        output.Append(",\"metadata\":"u8);
        output.Append(entry.Metadata.Length == 0 ? "null"u8 : entry.Metadata);
        if (withExpiration && entry.Expiration is { } seconds)
            output.Append(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $",\"expiration\":{seconds}")));
        output.Append("}"u8);
    }

    private static void WriteValue(ValueBlocks output, in ReadOnlySequence<byte> text, bool isJson)
    {
        if (isJson)
        {
            output.Append(text);
            return;
        }

        using var json = new Utf8JsonWriter(output, ListJson.Plain);
        foreach (var part in text)
            json.WriteStringValueSegment(part.Span, isFinalSegment: false);
        json.WriteStringValueSegment(""u8, isFinalSegment: true);
    }

    // As a decoder of text has it: the mark at the beginning does not belong to the text, and what is not UTF-8 becomes U+FFFD.
    private static ReadOnlySequence<byte> Text(ValueBlocks value)
    {
        var bytes = value.AsSequence();
        if (bytes.Length >= ByteOrderMark.Length && bytes.Slice(0, ByteOrderMark.Length).ToArray().AsSpan().SequenceEqual(ByteOrderMark))
            bytes = bytes.Slice(ByteOrderMark.Length);
        return bytes.IsSingleSegment ? Valid(bytes) : IsUtf8(bytes) ? bytes : Valid(new ReadOnlySequence<byte>(bytes.ToArray()));
    }

    private static ReadOnlySequence<byte> Valid(in ReadOnlySequence<byte> bytes) =>
        Utf8.IsValid(bytes.FirstSpan) ? bytes : new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes.FirstSpan)));

    private static bool IsUtf8(in ReadOnlySequence<byte> bytes)
    {
        // A character may begin in one block and end in the next.
        var decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
        var characters = ArrayPool<char>.Shared.Rent(CharactersAtOnce);
        try
        {
            foreach (var part in bytes)
            {
                for (var rest = part.Span; !rest.IsEmpty; rest = rest[Math.Min(CharactersAtOnce / 2, rest.Length)..])
                    decoder.GetChars(rest[..Math.Min(CharactersAtOnce / 2, rest.Length)], characters, flush: false);
            }

            decoder.GetChars([], characters, flush: true);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }

    private static bool IsJson(in ReadOnlySequence<byte> text)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = int.MaxValue });
        try
        {
            return reader.Read() && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // What a string of JavaScript has for its length: two for what is above U+FFFF, which is what takes four bytes.
    private static long Characters(in ReadOnlySequence<byte> utf8)
    {
        var characters = 0L;
        foreach (var part in utf8)
        {
            foreach (var b in part.Span)
                characters += (b & 0xC0) == 0x80 ? 0 : b >= 0xF0 ? 2 : 1;
        }

        return characters;
    }
}
