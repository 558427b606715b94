using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace RespKv.Server.Storage.Durability;

/// <summary>
/// The file <c>synced</c>: a position up to which the log was on the disk, written after each sync, in the place of the one before. The log says so itself, too, but what it says is gone with its end: this shows that
/// the end has been cut off. It is never ahead of the truth, and nothing is lost with it.
/// </summary>
internal sealed class SyncedPosition : IDisposable
{
    private const int Bytes = 24;
    private const int ChecksumOffset = Bytes - sizeof(uint);

    private readonly SafeFileHandle file;

    /// <exception cref="IOException">The file cannot be opened or made.</exception>
    public SyncedPosition(DataFolder folder) =>
        file = File.OpenHandle(PathIn(folder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    private static ReadOnlySpan<byte> Magic => "RKVSYN01"u8;

    /// <summary>The position that the folder's file tells; 0 when there is none, or it is not whole.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ulong Read(DataFolder folder)
    {
        if (!File.Exists(PathIn(folder)))
            return 0;
        var bytes = File.ReadAllBytes(PathIn(folder));
        return bytes.Length == Bytes && bytes.AsSpan().StartsWith(Magic) && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(ChecksumOffset)) == Checksum(bytes)
            ? BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(Magic.Length))
            : 0;
    }

    /// <summary>To be called before the log is cut off, or begun anew, below the position.</summary>
    public static void Remove(DataFolder folder)
    {
        File.Delete(PathIn(folder));
        DataFolder.SyncNames(folder.Path);
    }

    /// <summary>Tells, for sure, that the log is on the disk up to a position, as it is after a recovery: what no record refers to any more may be removed then.</summary>
    /// <exception cref="IOException">It cannot be told.</exception>
    public static void Tell(DataFolder folder, ulong position)
    {
        // One that was damaged may be of another length.
        File.Delete(PathIn(folder));
        using (var told = new SyncedPosition(folder))
        {
            told.Write(position);
            DiskSync.Sync(told.file);
        }

        DataFolder.SyncNames(folder.Path);
        if (Read(folder) != position)
            throw new IOException($"cannot write {PathIn(folder)}");
    }

    /// <summary>Tells that the log is on the disk up to a position.</summary>
    public void Write(ulong position)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes.Clear();
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[Magic.Length..], position);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[ChecksumOffset..], Checksum(bytes));
        try
        {
            RandomAccess.Write(file, bytes, 0);
        }
        catch (IOException)
        {
            // An earlier position is as true.
        }
    }

    /// <summary>Has the position on the disk.</summary>
    public void Sync()
    {
        try
        {
            DiskSync.Sync(file);
        }
        catch (IOException)
        {
            // As above.
        }
    }

    public void Dispose() => file.Dispose();

    private static string PathIn(DataFolder folder) => Path.Combine(folder.Path, DataFolder.SyncedName);

    private static uint Checksum(ReadOnlySpan<byte> bytes) => ~Crc32C.Append(uint.MaxValue, bytes[..ChecksumOffset]);
}
