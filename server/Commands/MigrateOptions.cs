using System.Globalization;
using System.Text;
using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>What MIGRATE is told.</summary>
internal sealed class MigrateOptions
{
    /// <summary>Where the key is, unless keys follow at the end.</summary>
    public const int KeyArgument = 3;

    /// <summary>Where options begin.</summary>
    public const int FirstWord = 6;

    private const long DefaultTimeoutMs = 1000;

    // A timer takes no longer waits than some weeks.
    private const long LongestTimeoutMs = 24 * 3600 * 1000;

    private MigrateOptions(string host, string port) => (Host, Port) = (host, port);

    public string Host { get; }

    /// <summary>As it was given.</summary>
    public string Port { get; }

    public long Database { get; private set; }

    /// <summary>How long one step may take: to connect, to send a piece, to wait for a reply.</summary>
    public TimeSpan Timeout { get; private set; }

    /// <summary>Whether keys stay where they are.</summary>
    public bool Copies { get; private set; }

    /// <summary>Whether keys of the target may be replaced.</summary>
    public bool Replaces { get; private set; }

    /// <summary>Null for the default user.</summary>
    public byte[]? User { get; private set; }

    /// <summary>Null where nobody logs in.</summary>
    public byte[]? Password { get; private set; }

    /// <summary>The keys, as they were given.</summary>
    public IReadOnlyList<byte[]> Keys { get; private set; } = [];

    /// <summary>Where the word is behind which keys are; -1 when it is not there.</summary>
    public static int FindKeysWord(RespRequest request, int start)
    {
        for (var i = start + FirstWord; i < request.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(request[i], "KEYS"u8))
                return i;
            i += SkippedBehind(request[i]);
        }

        return -1;
    }

    /// <summary>Reads them; null when the reply has been made an error.</summary>
    public static MigrateOptions? TryParse(CommandContext context)
    {
        var request = context.Request;
        var options = new MigrateOptions(Encoding.UTF8.GetString(request[1]), Encoding.UTF8.GetString(request[2])) { Keys = [request[KeyArgument].ToArray()] };
        for (var i = FirstWord; i < request.Length; i += 1 + SkippedBehind(request[i]))
        {
            if (Ascii.EqualsIgnoreCase(request[i], "KEYS"u8))
            {
                if (!options.TryTakeKeys(context, i + 1))
                    return null;
                break;
            }

            if (!options.TryTake(request, i))
            {
                context.Error(ErrorReplies.Syntax);
                return null;
            }
        }

        return options.TryTakeNumbers(context) ? options : null;
    }

    // AUTH password, AUTH2 username password
    private static int SkippedBehind(ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(word, "AUTH"u8) ? 1 : Ascii.EqualsIgnoreCase(word, "AUTH2"u8) ? 2 : 0;

    private bool TryTake(RespRequest request, int at)
    {
        if (SkippedBehind(request[at]) is > 0 and var words)
        {
            if (at + words >= request.Length)
                return false;
            User = words == 2 ? request[at + 1].ToArray() : null;
            Password = request[at + words].ToArray();
            return true;
        }

        var (copies, replaces) = (Ascii.EqualsIgnoreCase(request[at], "COPY"u8), Ascii.EqualsIgnoreCase(request[at], "REPLACE"u8));
        Copies |= copies;
        Replaces |= replaces;
        return copies || replaces;
    }

    private bool TryTakeKeys(CommandContext context, int first)
    {
        if (!context.Request[KeyArgument].IsEmpty)
        {
            context.Error("ERR When using MIGRATE KEYS option, the key argument must be set to the empty string");
            return false;
        }

        var keys = new List<byte[]>();
        for (var i = first; i < context.Request.Length; i++)
            keys.Add(context.Request[i].ToArray());
        Keys = keys;
        return true;
    }

    private bool TryTakeNumbers(CommandContext context)
    {
        if (!context.Request.TryGetInt64(5, out var timeoutMs) || !context.Request.TryGetInt64(4, out var database))
        {
            context.Error(ErrorReplies.NotAnInteger);
            return false;
        }

        Database = database;
        Timeout = TimeSpan.FromMilliseconds(timeoutMs <= 0 ? DefaultTimeoutMs : Math.Min(timeoutMs, LongestTimeoutMs));
        return true;
    }

    /// <summary>The port as a number; one that nobody listens on when it is none.</summary>
    public int PortNumber => int.TryParse(Port, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue ? port : 0;
}
