using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace RespKv.Differ;

/// <summary>
/// Differences that are known, and meant: what Redis itself has changed since the peer's version, RespKv being as 7.4; and the format of DUMP, which RespKv leaves as it was
/// in 7.0, and writes hashes in the form that even older versions read.
/// </summary>
internal static partial class KnownDifferences
{
    /// <summary>Whether a step asks for what the peer's version answers in another way, so that it is left out.</summary>
    public static bool Concern(Step step, Version peer)
    {
        var words = step.Words;
        // HELP is in words of RespKv's own.
        if (words.Length == 2 && words[1].Equals("HELP", StringComparison.OrdinalIgnoreCase))
            return true;
        // Redis takes the lowest integers for an overflow at the other end, since the distance to the highest one does not fit an integer either.
        if (words.Contains("BITFIELD", StringComparer.OrdinalIgnoreCase) && words.Any(word => word.StartsWith("-92233720368547758", StringComparison.Ordinal)))
            return true;
        // Newer ones drop the error of a login when replies before it wait to be sent.
        if (peer >= new Version(7, 2) && words is [_, _, _] && words[0].Equals("AUTH", StringComparison.OrdinalIgnoreCase))
            return true;
        // An argument with line ends ends an error reply early, or leaves blanks where all other errors have nothing.
        if (words is ["FUNCTION", "LIST", ..] && words.Any(word => word.Contains('\n', StringComparison.Ordinal)))
            return true;
        // Redis takes it only where no reply waits to be sent, and has a debugger.
        if (words.Length > 2 && words[0].Equals("SCRIPT", StringComparison.OrdinalIgnoreCase) && words[1].Equals("DEBUG", StringComparison.OrdinalIgnoreCase))
            return true;
        // HELLO logged in before it had read its options to the end, and newer ones drop its error likewise.
        if (words[0].Equals("HELLO", StringComparison.OrdinalIgnoreCase) && words.Contains("AUTH", StringComparer.OrdinalIgnoreCase))
            return true;
        var name = Array.FindIndex(words, word => word.ToUpperInvariant() is "BITCOUNT" or "BITPOS" or "SCAN" or "HSCAN" or "GETKEYS" or "GETKEYSANDFLAGS");
        if (name < 0)
            return false;
        var arguments = words[(name + 1)..];
        return words[name].ToUpperInvariant() switch
        {
            // Before 7.2 a key that is missing hid mistakes behind it.
            "BITCOUNT" => peer < new Version(7, 2) && (arguments.Length is 2 or > 4 || HasOddRange(arguments, 1)),
            "BITPOS" => peer < new Version(7, 2) && (arguments.Length > 5 || HasOddRange(arguments, 2)),
            // A call of one word was none, and before 7.4 a cursor was not looked at that closely.
            "GETKEYS" or "GETKEYSANDFLAGS" => peer < new Version(7, 2) && arguments.Length < 2,
            "HSCAN" => peer < new Version(7, 4) && (HasOddNumber(arguments[..Math.Min(arguments.Length, 2)], 1) || HasNoValues(arguments)),
            // Where a number other than 0 goes on is each server's own affair.
            _ when int.TryParse(arguments.FirstOrDefault(), out var cursor) && cursor != 0 => true,
            _ when ulong.TryParse(arguments.FirstOrDefault(), out var far) && far != 0 => true,
            _ => peer < new Version(7, 4) && (HasOddNumber(arguments[..Math.Min(arguments.Length, 1)], 0) || HasNoValues(arguments)),
        };
    }

    /// <summary>Whether what an episode does leaves strings that Redis calls raw although nothing has changed in them: a SETBIT of a bit that is so already.</summary>
    public static bool ConcernEncodings(Episode episode) =>
        episode.Steps.Any(step => step.Words.Any(word => word.Equals("SETBIT", StringComparison.OrdinalIgnoreCase) || word.Equals("BITFIELD", StringComparison.OrdinalIgnoreCase)));

    /// <summary>Whether two replies differ in no more than what is known.</summary>
    public static bool Excuse(Version peer, Step? step, byte[] expected, byte[] actual)
    {
        var (theirs, ours) = (Encoding.Latin1.GetString(expected), Encoding.Latin1.GetString(actual));
        return WithoutHashes(theirs) == WithoutHashes(ours)
            || (peer >= new Version(7, 2) && WithoutTrailers(theirs) == WithoutTrailers(ours))
            || (step?.Words is [_, "ENCODING", ..] && theirs == "$3\r\nraw\r\n");
    }

    private static string WithoutHashes(string reply) => DumpedHash().Replace(reply, "(a hash)");

    private static string WithoutTrailers(string reply) => DumpTrailer().Replace(reply, "(trailer)");

    private static bool HasNoValues(string[] arguments) => arguments.Any(word => word.Equals("NOVALUES", StringComparison.OrdinalIgnoreCase));

    private static bool HasOddRange(string[] arguments, int from) =>
        HasOddNumber([.. arguments.Take(from + 2).Select(word => word.Length > 1 && word[0] == '-' && word != "-0" ? word[1..] : word)], from) || (arguments.Length > from + 2 && arguments[from + 2].ToUpperInvariant() is not ("BIT" or "BYTE"));

    private static bool HasOddNumber(string[] arguments, int from) => arguments.Skip(from).Any(word => !int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var value) || word != Words.Text(value));

    [GeneratedRegex(@"\$\d+\r\n[\x04\x10].*?[\n\x0b\x0c]\x00.{8}\r\n", RegexOptions.Singleline)]
    private static partial Regex DumpedHash();

    [GeneratedRegex(@"[\n\x0b\x0c]\x00.{8}\r\n", RegexOptions.Singleline)]
    private static partial Regex DumpTrailer();
}
