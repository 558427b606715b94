using System.Buffers.Binary;

namespace RespKv.Server.Storage.Hashes;

/// <summary>Changes a packed hash, in a buffer of its own that is used again.</summary>
internal sealed class PackedHashEditor
{
    private const int BytesKept = 64 * 1024;
    private const int LengthBytesMax = 5;

    private byte[] buffer = new byte[512];
    private int length;
    private bool isTimed;

    // The field that was looked for last.
    private int foundAt;
    private int foundEnd;

    /// <summary>Live fields.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the image.</summary>
    public int Length => length;

    /// <summary>How many fields the image had whose time was up, which have been left out.</summary>
    public int Dropped { get; private set; }

    /// <summary>Takes an image, without the fields whose time is up; an empty one is a hash without fields.</summary>
    public void Load(ReadOnlySpan<byte> image, long now)
    {
        foundAt = -1;
        Dropped = 0;
        if (buffer.Length > BytesKept)
            buffer = new byte[512];
        if (image.IsEmpty)
        {
            isTimed = false;
            Count = 0;
            length = PackedHash.HeaderBytes(isTimed: false);
            return;
        }

        isTimed = PackedHash.IsTimed(image);
        Count = PackedHash.Count(image);
        Reserve(image.Length);
        if (PackedHash.DueMs(image) is var due && (due == 0 || due > now))
        {
            image.CopyTo(buffer);
            length = image.Length;
            return;
        }

        Count = 0;
        length = PackedHash.HeaderBytes(isTimed: true);
        var fields = PackedHash.Fields(image);
        while (fields.MoveNext())
        {
            if (!fields.IsLive(now))
            {
                Dropped++;
                continue;
            }

            image[fields.Start..fields.End].CopyTo(buffer.AsSpan(length));
            length += fields.End - fields.Start;
            Count++;
        }
    }

    /// <summary>Looks for a live field, which <see cref="Put"/>, <see cref="SetTime"/> and <see cref="Remove"/> then change. The value is valid until then.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value, out long expiresAtMs)
    {
        foundAt = foundEnd = -1;
        value = default;
        expiresAtMs = 0;
        var fields = PackedHash.Fields(Image);
        while (fields.MoveNext())
        {
            if (!fields.Name.SequenceEqual(name))
                continue;
            foundAt = fields.Start;
            foundEnd = fields.End;
            value = fields.Value;
            expiresAtMs = fields.ExpiresAtMs;
            return true;
        }

        return false;
    }

    /// <summary>Gives the field that was looked for a value and a time (Unix ms; 0 for none); adds it at the end if it was not found.</summary>
    public void Put(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, long expiresAtMs)
    {
        if (expiresAtMs != 0 && !isTimed)
        {
            AddTimes();
            TryFind(name, out _, out _);
        }

        Span<byte> head = stackalloc byte[(2 * LengthBytesMax) + PackedHash.TimeBytes];
        var headBytes = WriteLength(head, name.Length);
        headBytes += WriteLength(head[headBytes..], value.Length);
        if (isTimed)
        {
            BinaryPrimitives.WriteInt64LittleEndian(head[headBytes..], expiresAtMs);
            headBytes += PackedHash.TimeBytes;
        }

        if (foundAt < 0)
        {
            foundAt = foundEnd = length;
            Count++;
        }

        var place = Replace(headBytes + name.Length + value.Length);
        head[..headBytes].CopyTo(place);
        name.CopyTo(place[headBytes..]);
        value.CopyTo(place[(headBytes + name.Length)..]);
    }

    /// <summary>Gives the field that was found another time.</summary>
    public void SetTime(ReadOnlySpan<byte> name, long expiresAtMs)
    {
        if (!isTimed && expiresAtMs == 0)
            return;
        if (!isTimed)
            AddTimes();
        var fields = PackedHash.Fields(Image);
        while (fields.MoveNext())
        {
            if (!fields.Name.SequenceEqual(name))
                continue;
            BinaryPrimitives.WriteInt64LittleEndian(buffer.AsSpan(fields.ValueAt - fields.Name.Length - PackedHash.TimeBytes), expiresAtMs);
            return;
        }
    }

    /// <summary>Takes the field that was found out.</summary>
    public void Remove()
    {
        Replace(0);
        foundAt = -1;
        Count--;
    }

    /// <summary>The image as it is to be stored; valid until the editor is used again.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        var due = 0L;
        var fields = PackedHash.Fields(Image);
        while (isTimed && fields.MoveNext())
        {
            if (fields.ExpiresAtMs is var at && at != 0 && (due == 0 || at < due))
                due = at;
        }

        PackedHash.WriteHeader(buffer, isTimed, Math.Min(Count, PackedHash.CountMax), due);
        return buffer.AsSpan(0, length);
    }

    private ReadOnlySpan<byte> Image
    {
        get
        {
            buffer[0] = isTimed ? (byte)PackedHash.TimedFlag : (byte)0;
            return buffer.AsSpan(0, length);
        }
    }

    // Makes the place of the found field another length.
    private Span<byte> Replace(int bytes)
    {
        var newLength = length - (foundEnd - foundAt) + bytes;
        Reserve(newLength);
        buffer.AsSpan(foundEnd, length - foundEnd).CopyTo(buffer.AsSpan(foundAt + bytes));
        length = newLength;
        foundEnd = foundAt + bytes;
        return buffer.AsSpan(foundAt, bytes);
    }

    private void AddTimes()
    {
        var old = Image.ToArray();
        isTimed = true;
        length = PackedHash.HeaderBytes(isTimed: true);
        Reserve(old.Length + PackedHash.TimeBytes + (Count * PackedHash.TimeBytes));
        var fields = PackedHash.Fields(old);
        while (fields.MoveNext())
        {
            foundAt = foundEnd = length;
            var nameAt = fields.ValueAt - fields.Name.Length;
            var place = Replace(fields.End - fields.Start + PackedHash.TimeBytes);
            var lengths = nameAt - fields.Start;
            old.AsSpan(fields.Start, lengths).CopyTo(place);
            place.Slice(lengths, PackedHash.TimeBytes).Clear();
            old.AsSpan(nameAt, fields.End - nameAt).CopyTo(place[(lengths + PackedHash.TimeBytes)..]);
        }
    }

    private void Reserve(int bytes)
    {
        if (bytes > buffer.Length)
            Array.Resize(ref buffer, Math.Max(bytes, buffer.Length * 2));
    }

    private static int WriteLength(Span<byte> target, int value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7)
            target[at++] = (byte)(value | 0x80);
        target[at++] = (byte)value;
        return at;
    }
}
