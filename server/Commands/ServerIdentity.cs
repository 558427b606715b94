using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace RespKv.Server.Commands;

/// <summary>What a server tells of itself. Whoever starts it fills in what only the start knows.</summary>
internal sealed class ServerIdentity
{
    /// <summary>The version of Redis whose commands and fields these are.</summary>
    public const string RedisVersion = "7.4.0";

    private const string KernelFolder = "/proc/sys/kernel/";

    /// <summary>Our own version.</summary>
    public static readonly string Version = typeof(ServerIdentity).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.1.0";

    /// <summary>The system as <c>uname</c> tells it, which monitoring tools take apart: <c>Linux 6.1.0 x86_64</c>.</summary>
    public static readonly string OperatingSystem = NameOfSystem();

    /// <summary>Random for each run.</summary>
    public string RunId { get; } = NewId();

    /// <summary>The name of this history of writes.</summary>
    public string ReplicationId { get; private set; } = NewId();

    /// <summary>The TCP port listened on; 0 for none.</summary>
    public int TcpPort { get; set; }

    /// <summary>What is listened on, as INFO shows it: <c>listener0</c> and <c>name=tcp,bind=127.0.0.1,port=6379</c>.</summary>
    public IReadOnlyList<(string Name, string Text)> Listeners { get; set; } = [];

    /// <summary>Path of the configuration file; empty for none.</summary>
    public string ConfigFile { get; set; } = "";

    /// <summary>Clients that may be connected at a time; asked each time, since CONFIG SET may change it.</summary>
    public Func<int> MaxClients { get; set; } = () => 10_000;

    public void ChangeReplicationId() => ReplicationId = NewId();

    private static string NameOfSystem()
    {
        var machine = RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "x86_64",
            Architecture.Arm64 => System.OperatingSystem.IsLinux() ? "aarch64" : "arm64",
            var other => other.ToString(),
        };
        return File.Exists(KernelFolder + "osrelease") ? $"{OfKernel("ostype")} {OfKernel("osrelease")} {machine}" : $"{RuntimeInformation.OSDescription} {machine}";
    }

    private static string OfKernel(string name) => File.ReadAllText(KernelFolder + name).Trim();

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
}
