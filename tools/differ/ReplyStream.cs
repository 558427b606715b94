using RespKv.Protocol;

namespace RespKv.Differ;

/// <summary>Parts what came on a connection into replies.</summary>
internal static class ReplyStream
{
    /// <summary>The bytes of each reply; what is none is the last one.</summary>
    public static List<byte[]> Split(byte[] bytes)
    {
        var replies = new List<byte[]>();
        for (var at = 0; at < bytes.Length;)
        {
            var scan = default(RespReplyScan);
            var length = bytes.Length - at;
            try
            {
                if (scan.TryFinish(bytes.AsSpan(at)))
                    length = scan.Position;
            }
            catch (InvalidDataException)
            {
                // All that is left is shown as one.
            }

            replies.Add(bytes.AsSpan(at, length).ToArray());
            at += length;
        }

        return replies;
    }
}
