using System.Text;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>The options of KV.PUT.</summary>
internal struct KvPutOptions
{
    /// <summary>Unix ms; 0 for none.</summary>
    public long ExpiresAtMs;
    public ReadOnlyMemory<byte> Metadata;
    public SetCondition Condition;
    public ulong Version;

    /// <summary>Reads the options behind key and value; false when the reply has been made an error.</summary>
    public static bool TryParse(CommandContext context, out KvPutOptions options)
    {
        options = default;
        var request = context.Request;
        for (var i = 3; i < request.Length; i++)
        {
            var word = request[i];
            var hasValue = i + 1 < request.Length;
            if (hasValue && options.ExpiresAtMs == 0 && ExpiryOption.TryParseUnit(word, out var unit))
            {
                if (!ExpiryOption.TryRead(context, ++i, unit, out options.ExpiresAtMs))
                    return false;
            }
            else if (hasValue && Ascii.EqualsIgnoreCase(word, "META"u8))
            {
                if (!IsMetadata(context, request[++i]))
                    return false;
                options.Metadata = request.Memory(i);
            }
            else if (options.Condition == SetCondition.Always && TryParseCondition(word, out options.Condition))
            {
                if (options.Condition == SetCondition.Version && !TryReadVersion(context, ++i, out options.Version))
                    return false;
            }
            else
            {
                return Refuse(context, ErrorReplies.Syntax);
            }
        }

        return true;
    }

    /// <summary>Whether this may be metadata; false when the reply has been made an error.</summary>
    public static bool IsMetadata(CommandContext context, ReadOnlySpan<byte> json)
    {
        var limit = context.Server.KvLimits.MetadataBytesMax;
        if (json.Length > limit)
            return Refuse(context, $"ERR metadata of {json.Length} bytes exceeds the limit of {limit}");
        return MetadataJson.IsValid(json) || Refuse(context, "ERR metadata must be valid JSON");
    }

    private static bool TryParseCondition(ReadOnlySpan<byte> word, out SetCondition condition)
    {
        condition = Ascii.EqualsIgnoreCase(word, "NX"u8) ? SetCondition.Missing
            : Ascii.EqualsIgnoreCase(word, "XX"u8) ? SetCondition.Present
            : Ascii.EqualsIgnoreCase(word, "IFVERSION"u8) ? SetCondition.Version
            : SetCondition.Always;
        return condition != SetCondition.Always;
    }

    private static bool TryReadVersion(CommandContext context, int argument, out ulong version)
    {
        version = 0;
        if (argument >= context.Request.Length)
            return Refuse(context, ErrorReplies.Syntax);
        if (!context.Request.TryGetInt64(argument, out var number) || number < 0)
            return Refuse(context, ErrorReplies.NotAnInteger);
        version = (ulong)number;
        return true;
    }

    private static bool Refuse(CommandContext context, string error)
    {
        context.Error(error);
        return false;
    }
}

/// <summary>The options of KV.LIST.</summary>
internal struct KvListOptions
{
    public ReadOnlyMemory<byte> Prefix;
    public int Limit;

    /// <summary>The key that the page comes after; null from the start.</summary>
    public byte[]? LastKey;
    public bool WithValues;

    /// <summary>Reads the options; false when the reply has been made an error.</summary>
    public static bool TryParse(CommandContext context, out KvListOptions options)
    {
        options = new KvListOptions { Limit = context.Server.KvLimits.ListMax };
        var request = context.Request;
        for (var i = 1; i < request.Length; i++)
        {
            var word = request[i];
            if (Ascii.EqualsIgnoreCase(word, "WITHVALUES"u8))
                options.WithValues = true;
            else if (i + 1 >= request.Length)
                return Refuse(context, ErrorReplies.Syntax);
            else if (Ascii.EqualsIgnoreCase(word, "PREFIX"u8))
                options.Prefix = request.Memory(++i);
            else if (Ascii.EqualsIgnoreCase(word, "CURSOR"u8))
            {
                // An empty cursor is the start, as a first call has it.
                if (!request[++i].IsEmpty && !ListPage.TryParseCursor(request[i], out options.LastKey))
                    return Refuse(context, ErrorReplies.InvalidCursor);
            }
            else if (Ascii.EqualsIgnoreCase(word, "LIMIT"u8))
            {
                if (!TryReadLimit(context, ++i, out options.Limit))
                    return false;
            }
            else
            {
                return Refuse(context, ErrorReplies.Syntax);
            }
        }

        return true;
    }

    private static bool TryReadLimit(CommandContext context, int argument, out int limit)
    {
        limit = 0;
        if (!context.Request.TryGetInt64(argument, out var number))
            return Refuse(context, ErrorReplies.NotAnInteger);
        var most = context.Server.KvLimits.ListMax;
        if (number < 1 || number > most)
            return Refuse(context, $"ERR limit must be between 1 and {most}");
        limit = (int)number;
        return true;
    }

    private static bool Refuse(CommandContext context, string error)
    {
        context.Error(error);
        return false;
    }
}
