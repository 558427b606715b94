using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace RespKv.Server.Storage.Durability;

/// <summary>
/// The file <c>synced</c>: a position up to which the log has been on the disk. The log says so itself, by marks, but a log that was cut off has lost its marks. Written after each sync and
/// not synced itself: what it holds is true or out of date, never more than was safe.
/// </summary>
internal sealed class SyncedPosition : IDisposable
{
    private const int Bytes = sizeof(ulong) + sizeof(uint);

    private readonly SafeFileHandle file;

    public SyncedPosition(DataFolder folder) =>
        file = File.OpenHandle(PathIn(folder), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>What the folder's file says; 0 when it says nothing that can be relied on.</summary>
    public static ulong Read(DataFolder folder)
    {
        var path = PathIn(folder);
        if (!File.Exists(path))
            return 0;
        var bytes = File.ReadAllBytes(path);
        var position = bytes.Length < Bytes ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return position != 0 && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(sizeof(ulong))) == Checksum(bytes) ? position : 0;
    }

    /// <summary>Makes the folder's file say a position, for who has cut the log there.</summary>
    public static void Reset(DataFolder folder, ulong position)
    {
        using var synced = new SyncedPosition(folder);
        synced.Write(position);
        RandomAccess.FlushToDisk(synced.file);
    }

    /// <summary>Has the folder's file say nothing, for who changes the log.</summary>
    public static void Forget(DataFolder folder) => File.Delete(PathIn(folder));

    /// <exception cref="IOException">The system cannot take it.</exception>
    public void Write(ulong position)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, position);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[sizeof(ulong)..], Checksum(bytes));
        RandomAccess.Write(file, bytes, 0);
    }

    public void Dispose() => file.Dispose();

    private static string PathIn(DataFolder folder) => Path.Combine(folder.Path, "synced");

    private static uint Checksum(ReadOnlySpan<byte> bytes) => ~LogFrame.Crc(uint.MaxValue, bytes[..sizeof(ulong)]);
}
