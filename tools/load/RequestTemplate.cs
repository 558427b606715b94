using System.Text;

namespace RespKv.Load;

/// <summary>The bytes of one request, where its key digits lie in them, and the reply it must get.</summary>
internal sealed class RequestTemplate
{
    public const int KeyDigits = 12;

    /// <param name="reply">The reply it must get.</param>
    /// <param name="repeatsKey">Whether it names the key of the request before it, instead of a new one.</param>
    /// <param name="arguments">Each argument; one that ends with a colon is a key and is given its digits.</param>
    public RequestTemplate(ReplyShape reply, bool repeatsKey, params string[] arguments)
    {
        Reply = reply;
        RepeatsKey = repeatsKey;
        var text = new StringBuilder($"*{arguments.Length}\r\n");
        var offsets = new List<int>();
        foreach (var argument in arguments)
        {
            var isKey = argument.EndsWith(':');
            var written = isKey ? argument + new string('0', KeyDigits) : argument;
            text.Append('$').Append(written.Length).Append("\r\n");
            if (isKey)
            {
                offsets.Add(text.Length + argument.Length);
            }

            text.Append(written).Append("\r\n");
        }

        Bytes = Encoding.ASCII.GetBytes(text.ToString());
        KeyOffsets = [.. offsets];
    }

    public byte[] Bytes { get; }

    /// <summary>Offsets in <see cref="Bytes"/> of the first of each key's twelve digits.</summary>
    public int[] KeyOffsets { get; }

    public ReplyShape Reply { get; }

    public bool RepeatsKey { get; }
}
