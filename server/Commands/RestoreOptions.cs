using System.Text;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>The options of RESTORE, read in the order in which Redis complains about them: first the words, and only after a look at the key the time.</summary>
internal struct RestoreOptions
{
    private const int FirstWord = 4;
    private const int TimeArgument = 2;
    private const long FrequencyMax = 255;

    // Redis keeps times of use in 24 bits of seconds; what is longer ago is as good as half of that.
    private const long IdleSecondsMax = 1 << 23;

    private long? idleSeconds;
    private long? frequency;
    private bool isAbsolute;

    public bool Replace { get; private set; }

    /// <summary>Unix ms; 0 for none.</summary>
    public long ExpiresAtMs { get; private set; }

    /// <summary>Reads the words; false when the reply has been made an error.</summary>
    public static bool TryParse(CommandContext context, out RestoreOptions options)
    {
        options = default;
        var request = context.Request;
        for (var i = FirstWord; i < request.Length; i++)
        {
            var hasNext = i + 1 < request.Length;
            if (Ascii.EqualsIgnoreCase(request[i], "REPLACE"u8))
            {
                options.Replace = true;
            }
            else if (Ascii.EqualsIgnoreCase(request[i], "ABSTTL"u8))
            {
                options.isAbsolute = true;
            }
            else if (Ascii.EqualsIgnoreCase(request[i], "IDLETIME"u8) && hasNext && options.frequency == null)
            {
                if (!TryReadNumber(context, ++i, long.MaxValue, "ERR Invalid IDLETIME value, must be >= 0", out options.idleSeconds))
                    return false;
            }
            else if (Ascii.EqualsIgnoreCase(request[i], "FREQ"u8) && hasNext && options.idleSeconds == null)
            {
                if (!TryReadNumber(context, ++i, FrequencyMax, "ERR Invalid FREQ value, must be >= 0 and <= 255", out options.frequency))
                    return false;
            }
            else
            {
                context.Error(ErrorReplies.Syntax);
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads the time; false when the reply has been made an error.</summary>
    public bool TryReadTime(CommandContext context)
    {
        if (!TryReadNumber(context, TimeArgument, long.MaxValue, "ERR Invalid TTL value, must be >= 0", out var time))
            return false;
        // A time from now that is past what 64 bits hold comes out as one that is over, as it does in Redis.
        ExpiresAtMs = time is null or 0 ? 0 : isAbsolute ? time.Value : unchecked(time.Value + context.NowMs);
        return true;
    }

    /// <summary>The access clock that the key is to have; null for that of a use now. Only what the policy in force goes by can be set.</summary>
    public readonly uint? AccessAt(long nowMs, bool countsUses)
    {
        if (countsUses)
            return frequency is { } count ? AccessClock.With(nowMs, 0, (uint)count) : null;
        return idleSeconds is { } seconds ? AccessClock.With(nowMs, Math.Min(seconds, IdleSecondsMax), AccessClock.InitialCount) : null;
    }

    private static bool TryReadNumber(CommandContext context, int argument, long max, string error, out long? number)
    {
        number = null;
        if (!context.Request.TryGetInt64(argument, out var value))
        {
            context.Error(ErrorReplies.NotAnInteger);
            return false;
        }

        if (value < 0 || value > max)
        {
            context.Error(error);
            return false;
        }

        number = value;
        return true;
    }
}
