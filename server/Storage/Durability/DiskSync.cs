using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RespKv.Server.Storage.Durability;

/// <summary>Has a file on the disk, or says that it could not be done: .NET's own call keeps the system's error to itself.</summary>
internal static partial class DiskSync
{
    private const int Interrupted = 4;

    // EINVAL: the file system knows no such thing, as some do not for folders.
    private const int NotApplicable = 22;

    /// <exception cref="IOException">The disk has failed; nobody knows what of the file is there.</exception>
    public static void Sync(SafeFileHandle file)
    {
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }

        while (SyncFile(file) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == NotApplicable)
                return;
            if (error != Interrupted)
                throw new IOException(new Win32Exception(error).Message);
        }
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncFile(SafeFileHandle file);
}
