using System.Globalization;
using RespKv.Server.Commands;

namespace RespKv.Server.Configuration;

/// <summary>
/// <c>client-output-buffer-limit</c>: for each class of clients a hard limit, a soft limit and the seconds that the soft one may be passed. A value names any of the
/// classes, and the others keep theirs.
/// </summary>
internal static class OutputLimits
{
    public const string Default = "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60";

    private const int WordsPerClass = 4;
    private static readonly string[] Classes = ["normal", "slave", "pubsub"];

    /// <summary>What is wrong with a value; null when nothing is.</summary>
    public static string? Fault(string[] words)
    {
        if (words.Length % WordsPerClass != 0)
            return "Wrong number of arguments in buffer limit configuration.";
        for (var i = 0; i < words.Length; i += WordsPerClass)
        {
            if (ClassOf(words[i]) < 0)
                return "Invalid client class specified in buffer limit configuration.";
            if (!SizeText.TryParse(words[i + 1], out _) || !SizeText.TryParse(words[i + 2], out _) || !int.TryParse(words[i + 3], out var seconds) || seconds < 0)
                return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
        }

        return null;
    }

    /// <summary>The value that results when <paramref name="change"/>, which is without fault, is given while <paramref name="present"/> holds.</summary>
    public static string Merge(string present, string change)
    {
        var limits = present.Split(' ');
        var words = change.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < words.Length; i += WordsPerClass)
        {
            var at = ClassOf(words[i]) * WordsPerClass;
            for (var j = 1; j < WordsPerClass; j++)
                limits[at + j] = SizeText.TryParse(words[i + j], out var number) ? Math.Min(number, long.MaxValue).ToString(CultureInfo.InvariantCulture) : words[i + j];
        }

        return string.Join(' ', limits);
    }

    /// <summary>The limits of one class, in a value that names all.</summary>
    public static OutputLimit Of(string value, string ofClass)
    {
        var words = value.Split(' ');
        var at = Array.IndexOf(words, ofClass);
        return new OutputLimit(
            long.Parse(words[at + 1], CultureInfo.InvariantCulture), long.Parse(words[at + 2], CultureInfo.InvariantCulture), int.Parse(words[at + 3], CultureInfo.InvariantCulture));
    }

    private static int ClassOf(string name) => Array.IndexOf(Classes, name.ToLowerInvariant() is "replica" ? "slave" : name.ToLowerInvariant());
}
