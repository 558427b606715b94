using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace RespKv.Tests.Compatibility;

/// <summary>Replies that Redis gave in other words before 7.2, and nothing else about them has changed: so an older peer can still tell when they are given.</summary>
internal static class Rewordings
{
    private static readonly Version Since = new(7, 2);

    private static readonly (Regex Now, string Before)[] All =
    [
        (new Regex(@"NOPERM User \S+ has no permissions to run the"), "NOPERM this user has no permissions to run the"),
        (new Regex(@"^-NOPERM No permissions to access a (key|channel)\r"), "-NOPERM this user has no permissions to access one of the $1s used as arguments\r"),
        (new Regex(@"^-ERR ACL failure in script: User \S+ has no permissions to run the '\S+' command"), "-ERR The user executing the script can't run this command or subcommand"),
        (new Regex("^-ERR ACL failure in script: No permissions to access a key"), "-ERR The user executing the script can't access at least one of the keys mentioned in the command arguments"),
        (new Regex("^-ERR ACL failure in script: No permissions to access a channel"), "-ERR The user executing the script can't publish to the channel mentioned in the command"),
        (new Regex("otherwise the HELLO <proto> AUTH"), "otherwise the HELLO AUTH"),
    ];

    // What ACL DRYRUN tells is a bulk string, whose length changes with it.
    private static readonly Regex Told = new(@"^\$\d+\r\nUser \S+ has no permissions (?<what>.*)\r\n$", RegexOptions.Singleline);

    /// <summary>A reply of today as a peer of that version gives it.</summary>
    public static byte[] As(Version peer, byte[] reply)
    {
        if (peer >= Since)
            return reply;
        var text = Encoding.Latin1.GetString(reply);
        var before = All.Aggregate(text, (worded, pair) => pair.Now.Replace(worded, pair.Before));
        before = Told.Replace(before, match => Bulk("This user has no permissions " + match.Groups["what"].Value));
        return before == text ? reply : Encoding.Latin1.GetBytes(before);
    }

    private static string Bulk(string text) => string.Create(CultureInfo.InvariantCulture, $"${text.Length}\r\n{text}\r\n");
}
