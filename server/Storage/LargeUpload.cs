using System.Buffers;
using System.Diagnostics;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage;

/// <summary>
/// A large value on its way in. Its bytes go where the value is to be as they arrive, with their checksum, so that the record that is to refer to it takes it as it is. What no record takes is
/// gone when the upload is disposed of. It is memory like any other argument for whoever wants to look at it.
/// </summary>
internal sealed class LargeUpload : MemoryManager<byte>
{
    // The line end behind an argument.
    private const int TrailerBytes = 2;

    private readonly LargeValues home;
    private readonly bool hasChecksum;
    private LargeValue? value;
    private bool isOpen;
    private bool isPinned;
    private int skipped;

    /// <param name="home">Where it is to be.</param>
    /// <param name="value">What takes its bytes, open; null when it could not be made.</param>
    /// <param name="length">Bytes that were announced.</param>
    /// <param name="fault">Why it could not be made.</param>
    /// <param name="hasChecksum">Whether the record holds a checksum.</param>
    public LargeUpload(LargeValues home, LargeValue? value, int length, string? fault, bool hasChecksum)
    {
        this.home = home;
        this.value = value;
        this.hasChecksum = hasChecksum;
        isOpen = value != null;
        Length = length;
        Fault = fault;
    }

    /// <summary>Bytes that were announced, or may come where nobody has said how many will.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes that have come.</summary>
    public int Arrived { get; private set; }

    /// <summary>CRC-32C of what has come; 0 where the value is kept in memory only.</summary>
    public uint Checksum { get; private set; }

    /// <summary>Why the value cannot be kept; null when it can. What comes is thrown away then.</summary>
    public string? Fault { get; private set; }

    /// <summary>Whether all has come, the line end too.</summary>
    public bool IsComplete => skipped == TrailerBytes;

    /// <summary>The value, which is complete and has no fault.</summary>
    public LargeValue Value => value ?? throw new IOException(Fault);

    /// <summary>Takes what belongs to it of received bytes; how many these are.</summary>
    public int Take(ReadOnlySpan<byte> received)
    {
        var part = received[..Math.Min(received.Length, Length - Arrived)];
        if (!part.IsEmpty && Fault == null)
            Write(part);
        Arrived += part.Length;
        if (Arrived < Length)
            return part.Length;
        CloseValue();
        var trailer = Math.Min(received.Length - part.Length, TrailerBytes - skipped);
        skipped += trailer;
        return part.Length + trailer;
    }

    /// <summary>No more comes than has: the value is as long as that, and gives back what it had room for.</summary>
    public void End()
    {
        CloseValue();
        if (Arrived < Length)
            value?.CutTo(Arrived);
        Length = Arrived;
    }

    public override Memory<byte> Memory => CreateMemory(Length);

    public override Span<byte> GetSpan()
    {
        // Kept until the end, since there is no telling when whoever asked for it needs it no longer.
        if (!isPinned)
            isPinned = Value.TryPin();
        return Value.Span[..Length];
    }

    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

    public override void Unpin()
    {
    }

    /// <summary>Lets go of the value: it stays if a record has taken it.</summary>
    public void Release() => Dispose(disposing: true);

    protected override void Dispose(bool disposing)
    {
        CloseValue();
        if (isPinned)
            value!.Unpin();
        isPinned = false;
        value?.Unpin();
        value = null;
    }

    private void Write(ReadOnlySpan<byte> part)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            value!.Write(Arrived, part);
            if (hasChecksum)
                Checksum = Crc32C.Append(Checksum, part);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Fault = WriteLog.SystemText(error);
        }

        home.NoteWrite(began);
    }

    private void CloseValue()
    {
        if (isOpen)
            value!.Close();
        isOpen = false;
    }
}
