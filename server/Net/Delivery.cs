using System.Buffers.Binary;
using System.Net.Sockets;

namespace RespKv.Server.Net;

/// <summary>
/// How far bytes have come that were sent to a client. The transport tells it in steps of whole sends, which may be of many megabytes; of a TCP connection Linux
/// tells it by the byte (the structure tcp_info).
/// </summary>
internal sealed class Delivery(Transport transport)
{
    private const int TcpLevel = 6;
    private const int InfoOption = 11;
    private const int InfoBytes = 152;

    // Where in the structure is what.
    private const int UnacknowledgedPacketsAt = 24;
    private const int AcknowledgedBytesAt = 120;
    private const int UnsentBytesAt = 144;

    private readonly bool isTcp = OperatingSystem.IsLinux() && transport.Socket.ProtocolType == ProtocolType.Tcp;

    /// <summary>Bytes that the client's machine has taken, from an origin that stays the same.</summary>
    public long TakenBytes
    {
        get
        {
            Span<byte> info = stackalloc byte[InfoBytes];
            return TryRead(info) ? BinaryPrimitives.ReadInt64LittleEndian(info[AcknowledgedBytesAt..]) : transport.BytesSent;
        }
    }

    /// <summary>Whether the system still holds bytes that the client's machine has not taken.</summary>
    public bool IsUnderWay
    {
        get
        {
            Span<byte> info = stackalloc byte[InfoBytes];
            return TryRead(info)
                && (BinaryPrimitives.ReadInt32LittleEndian(info[UnacknowledgedPacketsAt..]) != 0 || BinaryPrimitives.ReadInt32LittleEndian(info[UnsentBytesAt..]) != 0);
        }
    }

    private bool TryRead(Span<byte> info)
    {
        if (!isTcp)
            return false;
        try
        {
            return transport.Socket.GetRawSocketOption(TcpLevel, InfoOption, info) == InfoBytes;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
