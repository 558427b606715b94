using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RespKv.Server.Storage.Durability;

/// <summary>Room on the disk for what is about to be written to a file.</summary>
internal static partial class DiskRoom
{
    private const int Interrupted = 4;
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int KeepSize = 1;

    /// <summary>Gives a file blocks behind its end, without making it longer. Where the system cannot do that, nothing is done.</summary>
    /// <exception cref="IOException">There is no room.</exception>
    public static void Allocate(SafeFileHandle file, long offset, long bytes)
    {
        if (!OperatingSystem.IsLinux())
            return;
        while (AllocateFile(file, KeepSize, offset, bytes) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error is NoSpace or QuotaExceeded)
                throw new IOException(new Win32Exception(error).Message);
            if (error != Interrupted)
                return;
        }
    }

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int AllocateFile(SafeFileHandle file, int mode, long offset, long bytes);
}
