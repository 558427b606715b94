using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace RespKv.Tests.Hosting;

/// <summary>A fact that needs an address of this machine which is not the loopback's, to connect as from another host; skipped by name where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OtherHostFactAttribute : FactAttribute
{
    public OtherHostFactAttribute() => Skip = Address == null ? "this machine has no address but the loopback's" : null;

    /// <summary>Such an address.</summary>
    public static IPAddress? Address { get; } = NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up)
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
}
