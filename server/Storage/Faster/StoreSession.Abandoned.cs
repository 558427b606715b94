using System.Runtime.CompilerServices;
using FASTER.core;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// Records that were written but not published, because another thread had changed the key's chain meanwhile. FASTER leaves its notes in such a record, and a scan of the log
/// that comes across them takes them for lengths and goes astray. So what the operation does not use in the end becomes zeros, which a scan steps over.
/// </summary>
internal sealed unsafe partial class StoreSession
{
    private readonly List<Abandoned> abandoned = [];
    private long publishedAddress;
    private int publishedBytes;

    /// <summary>A stretch of the log that nothing refers to; its page stays at least as long as the batch.</summary>
    private readonly record struct Abandoned(long Address, nint Start, int Bytes);

    /// <summary>The record could not be published; FASTER may use its place again when it tries anew.</summary>
    internal void OnAbandoned(ref SpanByte key, ref SpanByte slot, long address)
    {
        // What is used again may be given up again, as a shorter record: the place is as long as it was at first.
        if (!abandoned.Exists(place => place.Address == address))
            abandoned.Add(new Abandoned(address, (nint)Unsafe.AsPointer(ref key) - RecordHeaderBytes, (int)RecordBytes(slot.Length)));
    }

    private void BeginPublishing() => publishedAddress = 0;

    private void NotePublished(RecordLayout layout, long address)
    {
        publishedAddress = address;
        publishedBytes = (int)RecordBytes(layout.SlotBytes);
    }

    private void ClearAbandoned()
    {
        if (abandoned.Count == 0)
            return;
        foreach (var place in abandoned)
        {
            var used = place.Address == publishedAddress ? publishedBytes : 0;
            new Span<byte>((byte*)place.Start + used, place.Bytes - used).Clear();
        }

        abandoned.Clear();
    }
}
