using System.Globalization;
using System.Text;

namespace RespKv.Protocol;

/// <summary>One argument of a command to send: text (as UTF-8), an integer (as decimal digits) or bytes.</summary>
public readonly struct RespArgument(byte[] bytes)
{
    /// <summary>The argument's bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    /// <summary>Text, as UTF-8.</summary>
    public static implicit operator RespArgument(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>An integer, as decimal digits.</summary>
    public static implicit operator RespArgument(long value) => new(Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Bytes, as they are; not copied.</summary>
    public static implicit operator RespArgument(byte[] bytes) => new(bytes);

    /// <summary>The wire form of a request of these arguments: <c>*count\r\n</c>, then <c>$length\r\nbytes\r\n</c> for each.</summary>
    public static byte[] Request(params ReadOnlySpan<RespArgument> arguments)
    {
        using var request = new MemoryStream();
        request.Write(Encoding.ASCII.GetBytes($"*{arguments.Length}\r\n"));
        foreach (var argument in arguments)
        {
            request.Write(Encoding.ASCII.GetBytes($"${argument.Bytes.Length}\r\n"));
            request.Write(argument.Bytes.Span);
            request.Write("\r\n"u8);
        }

        return request.ToArray();
    }
}
