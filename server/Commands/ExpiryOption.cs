using System.Text;
using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>How an option or a command states an expiry.</summary>
internal enum ExpiryUnit
{
    /// <summary>Seconds from now (<c>EX</c>).</summary>
    Seconds,

    /// <summary>Milliseconds from now (<c>PX</c>).</summary>
    Milliseconds,

    /// <summary>Unix time in seconds (<c>EXAT</c>).</summary>
    UnixSeconds,

    /// <summary>Unix time in milliseconds (<c>PXAT</c>).</summary>
    UnixMilliseconds,
}

/// <summary>Reads expiries, with the range checks that SET, GETEX, SETEX and KV.PUT share.</summary>
internal static class ExpiryOption
{
    /// <summary>The unit that an option word stands for.</summary>
    public static bool TryParseUnit(ReadOnlySpan<byte> word, out ExpiryUnit unit)
    {
        unit = default;
        if (Ascii.EqualsIgnoreCase(word, "EX"u8))
            unit = ExpiryUnit.Seconds;
        else if (Ascii.EqualsIgnoreCase(word, "PX"u8))
            unit = ExpiryUnit.Milliseconds;
        else if (Ascii.EqualsIgnoreCase(word, "EXAT"u8))
            unit = ExpiryUnit.UnixSeconds;
        else if (Ascii.EqualsIgnoreCase(word, "PXAT"u8))
            unit = ExpiryUnit.UnixMilliseconds;
        else
            return false;
        return true;
    }

    /// <summary>The expiry as Unix ms; false when the reply has been made an error.</summary>
    public static bool TryRead(CommandContext context, int argument, ExpiryUnit unit, out long expiresAtMs)
    {
        expiresAtMs = 0;
        if (!context.Request.TryGetInt64(argument, out var value))
        {
            context.Error(ErrorReplies.NotAnInteger);
            return false;
        }

        if (value > 0 && TryToUnixMs(value, unit, context.NowMs, out expiresAtMs))
            return true;
        context.Error(ErrorReplies.InvalidExpire(context.Command.FullName));
        return false;
    }

    /// <summary>The same time as Unix ms; false when that is past what 64 bits hold.</summary>
    public static bool TryToUnixMs(long value, ExpiryUnit unit, long nowMs, out long expiresAtMs)
    {
        expiresAtMs = value;
        if (unit is ExpiryUnit.Seconds or ExpiryUnit.UnixSeconds)
        {
            if (value is > long.MaxValue / 1000 or < long.MinValue / 1000)
                return false;
            expiresAtMs = value * 1000;
        }

        if (unit is ExpiryUnit.UnixSeconds or ExpiryUnit.UnixMilliseconds)
            return true;
        if (expiresAtMs > long.MaxValue - nowMs)
            return false;
        expiresAtMs += nowMs;
        return true;
    }
}

/// <summary>The options of SET and GETEX, which Redis parses together.</summary>
internal struct SetOptions
{
    /// <summary>Unix ms; 0 when no expiry is given.</summary>
    public long ExpiresAtMs;
    public bool IfMissing;
    public bool IfPresent;
    public bool KeepTtl;
    public bool Persist;
    public bool Get;

    // Which argument holds the time, and how; 0 when none does.
    private int timeArgument;
    private ExpiryUnit timeUnit;

    /// <summary>Whether an expiry is given; <see cref="TryReadTime"/> makes it <see cref="ExpiresAtMs"/>.</summary>
    public readonly bool HasTime => timeArgument != 0;

    /// <summary>Reads the options from <paramref name="first"/> on, the time aside; false when the reply has been made an error.</summary>
    public static bool TryParse(CommandContext context, int first, bool isSet, out SetOptions options)
    {
        options = default;
        var request = context.Request;
        ExpiryUnit? unit = null;
        for (var i = first; i < request.Length; i++)
        {
            var word = request[i];
            if (isSet && !options.IfPresent && Ascii.EqualsIgnoreCase(word, "NX"u8))
                options.IfMissing = true;
            else if (isSet && !options.IfMissing && Ascii.EqualsIgnoreCase(word, "XX"u8))
                options.IfPresent = true;
            else if (isSet && Ascii.EqualsIgnoreCase(word, "GET"u8))
                options.Get = true;
            else if (isSet && unit == null && Ascii.EqualsIgnoreCase(word, "KEEPTTL"u8))
                options.KeepTtl = true;
            else if (!isSet && unit == null && Ascii.EqualsIgnoreCase(word, "PERSIST"u8))
                options.Persist = true;
            else if (IsTime(word, request, i, options, unit, out var parsed))
                (unit, options.timeUnit, options.timeArgument) = (parsed, parsed, ++i);
            else
                return Refuse(context, ErrorReplies.Syntax);
        }

        return true;
    }

    /// <summary>Reads the time, if there is one; false when the reply has been made an error.</summary>
    public bool TryReadTime(CommandContext context) => !HasTime || ExpiryOption.TryRead(context, timeArgument, timeUnit, out ExpiresAtMs);

    private static bool IsTime(ReadOnlySpan<byte> word, RespRequest request, int at, in SetOptions options, ExpiryUnit? before, out ExpiryUnit unit) =>
        ExpiryOption.TryParseUnit(word, out unit) && at + 1 < request.Length && !options.KeepTtl && !options.Persist && (before == null || before == unit);

    private static bool Refuse(CommandContext context, string error)
    {
        context.Error(error);
        return false;
    }
}
