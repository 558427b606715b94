using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace RespKv.Protocol;

/// <summary>
/// The arguments of one request, as slices of the buffer it was received in. The slices are valid until the
/// command has run: the buffer is then used again. One instance serves a connection for its whole life.
/// </summary>
public sealed class RespRequest
{
    // More slots than this are given back when the connection has no more requests for now.
    private const int SlotsKept = 64;

    // Stands for the offset of the argument that is not among the others.
    private const int Elsewhere = -1;

    private (int Offset, int Length)[] slots = new (int, int)[8];

    // The slices are in an array, or, of a large request, in memory that is none.
    private byte[]? buffer = [];
    private ReadOnlyMemory<byte> memory;
    private ReadOnlyMemory<byte> elsewhere;
    private int origin;

    /// <summary>The number of arguments, the command's name among them.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes of all arguments together.</summary>
    public long ArgumentBytes { get; private set; }

    /// <summary>The argument at <paramref name="index"/>; 0 is the command's name.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)Length)
                ThrowNoSuchArgument(index);
            var slot = slots[index];
            return buffer != null ? buffer.AsSpan(origin + slot.Offset, slot.Length) : SpanOfMemory(slot.Offset, slot.Length);
        }
    }

    /// <summary>The argument at <paramref name="index"/> as memory, for code that cannot hold a span.</summary>
    public ReadOnlyMemory<byte> Memory(int index)
    {
        if ((uint)index >= (uint)Length)
            ThrowNoSuchArgument(index);
        var slot = slots[index];
        if (buffer != null)
            return buffer.AsMemory(origin + slot.Offset, slot.Length);
        return slot.Offset == Elsewhere ? elsewhere : memory.Slice(slot.Offset, slot.Length);
    }

    /// <summary>Copies the arguments, so that they outlive the buffer (a transaction's queue).</summary>
    public RespRequest Copy()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(checked((int)ArgumentBytes));
        var copy = new RespRequest { slots = new (int, int)[Length], buffer = bytes };
        for (var i = 0; i < Length; i++)
        {
            var argument = this[i];
            argument.CopyTo(bytes.AsSpan((int)copy.ArgumentBytes));
            copy.Add((int)copy.ArgumentBytes, argument.Length);
        }

        return copy;
    }

    /// <summary>Makes a request of these arguments, for code that runs commands of its own.</summary>
    public static RespRequest Of(params ReadOnlyMemory<byte>[] arguments)
    {
        var bytes = new byte[arguments.Sum(a => a.Length)];
        var request = new RespRequest { buffer = bytes };
        foreach (var argument in arguments)
        {
            argument.Span.CopyTo(bytes.AsSpan((int)request.ArgumentBytes));
            request.Add((int)request.ArgumentBytes, argument.Length);
        }

        return request;
    }

    /// <summary>Makes this the request of arguments that stand side by side in an array, which it does not copy.</summary>
    /// <param name="bytes">What holds them.</param>
    /// <param name="ends">Where each ends.</param>
    public void Take(byte[] bytes, ReadOnlySpan<int> ends)
    {
        Clear();
        buffer = bytes;
        origin = 0;
        foreach (var end in ends)
            Add((int)ArgumentBytes, end - (int)ArgumentBytes);
    }

    /// <summary>Reads an argument as a signed 64-bit integer in canonical form (no sign +, no leading zeros, no blanks).</summary>
    public bool TryGetInt64(int index, out long value) => TryParseInt64(this[index], out value);

    /// <summary>Reads bytes as a signed 64-bit integer in canonical form, as Redis does for every integer argument.</summary>
    public static bool TryParseInt64(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.Length is 0 or > 20)
            return false;
        var digits = text[0] == (byte)'-' ? text[1..] : text;
        if (digits.Length == 0 || (uint)(digits[0] - '0') > 9)
            return false;
        if (digits[0] == (byte)'0' && text.Length > 1)
            return false;
        return Utf8Parser.TryParse(text, out value, out var used) && used == text.Length;
    }

    /// <summary>Lets go of the buffer, and of slots for unusually many arguments; there are no arguments then.</summary>
    public void Release()
    {
        Clear();
        buffer = [];
        memory = elsewhere = default;
        if (slots.Length > SlotsKept)
            slots = new (int, int)[8];
    }

    internal void Clear()
    {
        Length = 0;
        ArgumentBytes = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(int offset, int length)
    {
        if (Length == slots.Length)
            Array.Resize(ref slots, slots.Length * 2);
        slots[Length++] = (offset, length);
        ArgumentBytes += length;
    }

    /// <summary>Says which buffer the slices are in, and where the request begins there.</summary>
    public void Bind(byte[] bytes, int start)
    {
        buffer = bytes;
        origin = start;
    }

    /// <summary>Says which memory the slices are in, from its beginning.</summary>
    public void Bind(ReadOnlyMemory<byte> bytes)
    {
        buffer = null;
        memory = bytes;
    }

    /// <summary>Says where the argument is that was left to the caller (<see cref="RespRequestReader.Detach"/>); all others are where they were.</summary>
    public void Attach(ReadOnlyMemory<byte> argument)
    {
        if (buffer != null)
            Bind(buffer.AsMemory(origin));
        elsewhere = argument;
    }

    internal void AddElsewhere(int length) => Add(Elsewhere, length);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ReadOnlySpan<byte> SpanOfMemory(int offset, int length) => offset == Elsewhere ? elsewhere.Span : memory.Span.Slice(offset, length);

    private static void ThrowNoSuchArgument(int index) =>
        throw new ArgumentOutOfRangeException(nameof(index), index, "The request has no such argument.");
}
