using System.Buffers;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Server.Kv;

/// <summary>
/// A value on its way in: gathered in blocks while it is small, and put where the store is to keep it, piece by piece, once it is not. Nothing is written before an update has run
/// (<see cref="ToUpdate"/>); what has not been stored is gone when this is disposed of. One thread at a time.
/// </summary>
/// <param name="store">Where large values are kept.</param>
/// <param name="lengthMax">Longest value that will come, in bytes; what is appended is never more.</param>
/// <param name="isLength">Whether the value will have that length.</param>
internal sealed class IncomingValue(FasterStore store, int lengthMax, bool isLength) : IDisposable
{
    private readonly ValueBlocks blocks = new();
    private LargeUpload? upload;
    private bool hasNoMemory;

    /// <summary>Bytes that have come.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes of memory that it takes until it is stored; a value that goes into a file takes none to speak of.</summary>
    public long MemoryBytes => hasNoMemory || (upload != null && !store.LargeValues.AreChangedInPlace) ? 0 : Length;

    /// <summary>Why the value cannot be kept; null when it can. What comes is thrown away then.</summary>
    public string? Fault => hasNoMemory ? "Cannot allocate memory" : upload?.Fault;

    /// <summary>Takes bytes behind those that have come.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        if (upload == null && !hasNoMemory && (isLength ? lengthMax : Length) > FasterStore.InlineValueBytesMax)
            BeginUpload();
        if (upload != null)
            upload.Take(bytes);
        else if (!hasNoMemory)
            blocks.Append(bytes);
    }

    /// <inheritdoc cref="Append(ReadOnlySpan{byte})"/>
    public void Append(in ReadOnlySequence<byte> bytes)
    {
        foreach (var part in bytes)
            Append(part.Span);
    }

    /// <summary>The update that stores it. All has come.</summary>
    /// <param name="metadata">JSON; empty for none.</param>
    /// <param name="expiresAtMs">Unix ms; 0 for none.</param>
    public PutUpdate ToUpdate(ReadOnlyMemory<byte> metadata, long expiresAtMs)
    {
        upload?.End();
        return new PutUpdate(blocks, upload, metadata, expiresAtMs);
    }

    /// <summary>Forgets what has come.</summary>
    public void Clear()
    {
        upload?.Release();
        upload = null;
        blocks.Clear();
        Length = 0;
    }

    public void Dispose() => Clear();

    private void BeginUpload()
    {
        upload = store.LargeValues.BeginUpload(lengthMax);
        hasNoMemory = upload == null;
        for (var i = 0; i < blocks.Count; i++)
            upload?.Take(blocks[i].Span);
        blocks.Clear();
    }
}
