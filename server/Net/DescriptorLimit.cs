using System.Runtime.InteropServices;

namespace RespKv.Server.Net;

/// <summary>
/// How many connections the system's limit on open descriptors leaves room for. It is never used up by clients, since the runtime needs descriptors too (for an
/// assembly that is loaded late, for a thread) and does not survive without.
/// </summary>
internal sealed partial class DescriptorLimit
{
    // For what the server opens later: assemblies, files of the store, refused connections.
    private const int ReservedForServer = 64;

    private const int OpenFilesResource = 7;

    private readonly int openAtStart = OperatingSystem.IsLinux() ? Directory.GetFiles("/proc/self/fd").Length : 0;

    /// <summary>Connections that there is room for. The limit can be changed from outside while the server runs.</summary>
    public int ConnectionsMax
    {
        get
        {
            if (!OperatingSystem.IsLinux() || GetLimit(OpenFilesResource, out var limit) != 0 || limit.Current > int.MaxValue)
                return int.MaxValue;
            return Math.Max((int)limit.Current - openAtStart - ReservedForServer, 1);
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct ResourceLimit
    {
        public readonly ulong Current;
        public readonly ulong Hard;
    }
}
