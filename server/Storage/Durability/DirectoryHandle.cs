using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RespKv.Server.Storage.Durability;

/// <summary>A folder opened as a file, which .NET itself refuses: to sync the names in it.</summary>
internal static partial class DirectoryHandle
{
    private const int ReadOnlyCloseOnExec = 0x80000;

    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle Open(string path)
    {
        var descriptor = OpenFile(path, ReadOnlyCloseOnExec);
        if (descriptor < 0)
            throw new IOException($"cannot open the folder {path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);
}
