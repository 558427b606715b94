using System.Buffers;
using System.Text;

namespace RespKv.Server.Scripting.Libraries;

/// <summary>Bytes that grow as they are appended; the memory is borrowed.</summary>
internal sealed class ByteText : IDisposable
{
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(512);
    private int length;

    public ReadOnlySpan<byte> Bytes => buffer.AsSpan(0, length);

    public int Length => length;

    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Grow(bytes.Length));

    /// <summary>Appends text whose characters are bytes.</summary>
    public void Append(string latin) => Encoding.Latin1.GetBytes(latin, Grow(latin.Length));

    public void Append(byte value) => Grow(1)[0] = value;

    /// <summary>Room for so many bytes more, which count as appended.</summary>
    public Span<byte> Grow(int bytes)
    {
        if (buffer.Length - length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length * 2, checked(length + bytes)));
            Bytes.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        length += bytes;
        return buffer.AsSpan(length - bytes, bytes);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);
}
