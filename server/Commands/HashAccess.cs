using RespKv.Server.Kv.Hashes;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>A hash that a command reads: a packed image, or the keyset of the fields; neither when there is no such key.</summary>
internal readonly record struct OpenHash(ReadOnlyMemory<byte> Image, Keyset? Fields)
{
    public bool IsThere => Fields != null || !Image.IsEmpty;
}

/// <summary>Opens the hash that a command names.</summary>
internal static class HashAccess
{
    /// <summary>Opens the hash of the first argument for reading; false when the reply has been made an error.</summary>
    /// <param name="context">The command.</param>
    /// <param name="isAlone">Whether fields of a large one are to be seen as they are at one moment.</param>
    /// <param name="hash">The hash; the image is valid until the next is opened.</param>
    /// <param name="mustWait">Whether the command rather waits for what is made of a large one elsewhere; it has no reply then.</param>
    public static bool TryOpen(CommandContext context, bool isAlone, out OpenHash hash, Func<CommandContext, Keyset, bool>? mustWait = null)
    {
        hash = default;
        var reader = context.Reusable<HashReader>();
        var isThere = HashStore.TryOpen(context.Keyspace, context.Request[1], reader, out var fields);
        if (fields != null && isAlone && !context.Keyspace.Session.IsAlone)
        {
            if (mustWait?.Invoke(context, fields) ?? false)
                return false;
            context.Keyspace.BeAlone();
            isThere = HashStore.TryOpen(context.Keyspace, context.Request[1], reader, out fields);
        }

        Count(context, isThere);
        hash = new OpenHash(reader.Bytes.Memory, fields);
        if (!reader.IsWrongType)
            return true;
        context.Error(ErrorReplies.WrongType);
        return false;
    }

    public static void Count(CommandContext context, bool isHit)
    {
        if (isHit)
            context.Counters.Hits++;
        else
            context.Miss(context.Request[1]);
    }
}
