using System.Globalization;
using RespKv.Server.Kv;

namespace RespKv.Server.Configuration;

/// <summary>What a parameter's values may be: reads them as they are written, and gives them in the form that CONFIG GET shows.</summary>
internal abstract class ParameterKind
{
    /// <summary>Whether a value is several words, which a file and a command line give one by one.</summary>
    public virtual bool TakesWords => false;

    /// <summary>Brings a value into its one form.</summary>
    /// <param name="text">As given.</param>
    /// <param name="value">As CONFIG GET shows it.</param>
    /// <param name="error">What is wrong, in Redis's words.</param>
    public abstract bool TryRead(string text, out string value, out string error);

    /// <summary>A value as CONFIG GET shows it, where that says less than the value.</summary>
    public virtual string Shown(string value) => value;
}

/// <summary><c>yes</c> or <c>no</c>.</summary>
internal sealed class FlagKind : ParameterKind
{
    public override bool TryRead(string text, out string value, out string error)
    {
        value = text.ToLowerInvariant();
        error = "argument must be 'yes' or 'no'";
        return value is "yes" or "no";
    }
}

/// <summary>A whole number within bounds.</summary>
internal sealed class IntegerKind(long min, long max) : ParameterKind
{
    public override bool TryRead(string text, out string value, out string error)
    {
        value = "";
        error = "argument couldn't be parsed into an integer";
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return false;
        value = number.ToString(CultureInfo.InvariantCulture);
        error = $"argument must be between {min} and {max} inclusive";
        return number >= min && number <= max;
    }
}

/// <summary>Permissions of a file, as octal digits.</summary>
internal sealed class OctalKind : ParameterKind
{
    private const int Max = 0b111_111_111;

    public override bool TryRead(string text, out string value, out string error)
    {
        value = text.TrimStart('0') is { Length: > 0 } digits ? digits : "0";
        error = "argument couldn't be parsed as an octal number";
        if (text.Length is 0 or > 9 || text.AsSpan().ContainsAnyExceptInRange('0', '7'))
            return false;
        error = "argument must be between 0 and 777 inclusive";
        return Convert.ToInt32(value, 8) <= Max;
    }
}

/// <summary>A number of bytes within bounds, as <see cref="SizeText"/> reads it.</summary>
internal sealed class BytesKind(long min, long max) : ParameterKind
{
    public override bool TryRead(string text, out string value, out string error)
    {
        value = "";
        error = "argument must be a memory value";
        if (!SizeText.TryParse(text, out var bytes))
            return false;
        value = bytes.ToString(CultureInfo.InvariantCulture);
        error = $"argument must be between {min} and {max} inclusive";
        return bytes >= (ulong)min && bytes <= (ulong)max;
    }
}

/// <summary>A number of bytes, or a share of what <c>maxmemory</c> allows.</summary>
internal sealed class BytesOrPercentKind : ParameterKind
{
    public override bool TryRead(string text, out string value, out string error)
    {
        value = "";
        error = "argument must be a memory or percent value";
        if (SizeText.TryParse(text, out var bytes))
        {
            value = bytes.ToString(CultureInfo.InvariantCulture);
            return true;
        }

        if (!text.EndsWith('%') || !long.TryParse(text.AsSpan()[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var percent))
            return false;
        value = $"{percent}%";
        error = "percentage argument must be less or equal to 100";
        return percent <= 100;
    }
}

/// <summary>One of some names, in either case.</summary>
internal sealed class ChoiceKind(params string[] names) : ParameterKind
{
    public override bool TryRead(string text, out string value, out string error)
    {
        value = text.ToLowerInvariant();
        error = "argument(s) must be one of the following: " + string.Join(", ", names);
        return names.Contains(value);
    }
}

/// <summary>Any text.</summary>
internal sealed class TextKind : ParameterKind
{
    public override bool TryRead(string text, out string value, out string error)
    {
        (value, error) = (text, "");
        return true;
    }
}

/// <summary>The name of an HTTP header.</summary>
internal sealed class HeaderNameKind : ParameterKind
{
    public override bool TryRead(string text, out string value, out string error)
    {
        (value, error) = (text, "argument must be the name of a header");
        return text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));
    }
}

/// <summary>Words with single blanks between them.</summary>
internal sealed class WordsKind(Func<string[], string?>? fault = null) : ParameterKind
{
    public override bool TakesWords => true;

    public override bool TryRead(string text, out string value, out string error)
    {
        var words = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        value = string.Join(' ', words);
        error = fault?.Invoke(words) ?? "";
        return error.Length == 0;
    }
}

/// <summary>
/// Classes of events on keys, a letter each; in Redis's order, and as <c>A</c> where all that it stands for are there. With <c>A</c> Redis does not show <c>n</c>, though it is in force.
/// </summary>
internal sealed class KeyEventsKind : ParameterKind
{
    private const string OfAll = "g$lshzxetd";
    private const string Others = "KEmn";

    /// <summary>The classes that the letters of a value stand for.</summary>
    public static KeyEventClasses ClassesOf(string value) => value.Aggregate(KeyEventClasses.None, (classes, letter) => classes | ClassOf(letter));

    public override string Shown(string value) => value.Contains('A', StringComparison.Ordinal) ? value.Replace("n", "", StringComparison.Ordinal) : value;

    public override bool TryRead(string text, out string value, out string error)
    {
        error = "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
        var given = text.Replace("A", OfAll, StringComparison.Ordinal);
        var all = OfAll.All(given.Contains);
        value = (all ? "A" : string.Concat(OfAll.Where(given.Contains))) + string.Concat("nKEm".Where(given.Contains));
        return given.All((OfAll + Others).Contains);
    }

    private static KeyEventClasses ClassOf(char letter) => letter switch
    {
        'K' => KeyEventClasses.ByKey,
        'E' => KeyEventClasses.ByEvent,
        'g' => KeyEventClasses.Generic,
        '$' => KeyEventClasses.String,
        'l' => KeyEventClasses.List,
        's' => KeyEventClasses.Set,
        'h' => KeyEventClasses.Hash,
        'z' => KeyEventClasses.SortedSet,
        'x' => KeyEventClasses.Expired,
        'e' => KeyEventClasses.Evicted,
        't' => KeyEventClasses.Stream,
        'd' => KeyEventClasses.Module,
        'm' => KeyEventClasses.Miss,
        'n' => KeyEventClasses.New,
        _ => KeyEventClasses.All,
    };
}

/// <summary>A file, or none; shown as a full path.</summary>
internal sealed class FilePathKind : ParameterKind
{
    public override bool TryRead(string text, out string value, out string error)
    {
        (value, error) = ("", "argument must be a file");
        if (text.Contains('\0', StringComparison.Ordinal))
            return false;
        value = text.Length == 0 ? "" : ByteText.FromText(Path.GetFullPath(ByteText.ToText(text)));
        return true;
    }
}

/// <summary>A folder; shown as a full path.</summary>
internal sealed class FolderKind : ParameterKind
{
    public override bool TryRead(string text, out string value, out string error)
    {
        (value, error) = ("", "argument must be a folder");
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal))
            return false;
        value = ByteText.FromText(Path.GetFullPath(ByteText.ToText(text)));
        return true;
    }
}
