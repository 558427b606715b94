using System.Text;
using RespKv.Protocol;

namespace RespKv.Server.Configuration;

/// <summary>A configuration file in Redis's form: a directive and its words on each line, <c>#</c> before comments, quotes as in inline commands.</summary>
internal static class ConfigurationFile
{
    private const int IncludesMax = 16;

    /// <summary>Reads a file into a configuration.</summary>
    /// <returns>Directives of the file that are known but have no effect here.</returns>
    /// <exception cref="StartFaultException">It cannot be read, or a line of it is wrong; the message names the line.</exception>
    public static IReadOnlyCollection<string> Load(string path, ServerConfiguration configuration)
    {
        var withoutEffect = new SortedSet<string>(StringComparer.Ordinal);
        Load(path, configuration, withoutEffect, 0);
        return withoutEffect;
    }

    /// <summary>
    /// Writes the present values over those of a file, line by line, and behind them those that the file did not name and that are not the defaults. The file is replaced in
    /// one step.
    /// </summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Rewrite(string path, IReadOnlyDictionary<Parameter, string> values)
    {
        var lines = new List<string>();
        var written = new HashSet<Parameter>();
        foreach (var line in ReadLines(path))
        {
            var words = Words(line);
            var parameter = words is { Count: > 0 } ? ParameterTable.Find(words[0]) : null;
            if (parameter == null)
                lines.Add(line);
            else if (written.Add(parameter))
                lines.Add(Line(parameter, values[parameter]));
        }

        var others = values.Where(pair => pair.Value != pair.Key.Default && written.Add(pair.Key)).Select(pair => Line(pair.Key, pair.Value)).ToList();
        if (others.Count > 0)
            lines.AddRange(["# Written by CONFIG REWRITE", .. others]);
        var temporary = path + ".tmp";
        File.WriteAllLines(temporary, lines, Encoding.Latin1);
        File.Move(temporary, path, overwrite: true);
    }

    private static void Load(string path, ServerConfiguration configuration, SortedSet<string> withoutEffect, int depth)
    {
        var number = 0;
        foreach (var line in ReadLines(path))
        {
            number++;
            if (line.AsSpan().TrimStart() is "" or ['#', ..])
                continue;
            var words = Words(line) ?? throw Wrong(path, number, "unbalanced quotes");
            if (words.Count == 2 && words[0].Equals("include", StringComparison.OrdinalIgnoreCase))
            {
                if (depth == IncludesMax)
                    throw Wrong(path, number, "too many files that include each other");
                Load(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, words[1]), configuration, withoutEffect, depth + 1);
            }
            else if (Read(words, configuration, withoutEffect) is { } fault)
            {
                throw Wrong(path, number, fault);
            }
        }
    }

    private static string? Read(List<string> words, ServerConfiguration configuration, SortedSet<string> withoutEffect)
    {
        var name = words[0].ToLowerInvariant();
        if (RememberedParameters.Directives.Contains(name))
        {
            withoutEffect.Add(name);
            return null;
        }

        if (ParameterTable.Find(name) is not { } parameter)
            return $"unknown directive '{words[0]}'";
        if (words.Count == 1 || (words.Count > 2 && !parameter.Kind.TakesWords))
            return $"wrong number of arguments for '{name}'";
        if (!parameter.HasEffect)
            withoutEffect.Add(name);
        return configuration.Start(parameter, string.Join(' ', words.Skip(1))) is { } error ? $"{name}: {error}" : null;
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path, Encoding.Latin1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartFaultException($"cannot read the configuration file: {error.Message}");
        }
    }

    /// <summary>The words of a line; null when its quotes do not balance.</summary>
    private static List<string>? Words(string line)
    {
        if (line.AsSpan().TrimStart().StartsWith("#"))
            return [];
        var request = new RespRequest();
        if (!InlineArguments.TrySplit(Encoding.Latin1.GetBytes(line), request))
            return null;
        return [.. Enumerable.Range(0, request.Length).Select(i => Encoding.Latin1.GetString(request[i]))];
    }

    private static string Line(Parameter parameter, string value) => $"{parameter.Name} {(parameter.Kind.TakesWords && value.Length > 0 ? value : Quoted(value))}";

    private static string Quoted(string value)
    {
        if (value.Length > 0 && !value.AsSpan().ContainsAnyExceptInRange('!', '~') && !value.AsSpan().ContainsAny("\"'\\#"))
            return value;
        var text = new StringBuilder("\"");
        foreach (var letter in value)
        {
            if (letter is '"' or '\\')
                text.Append('\\').Append(letter);
            else if (letter is < ' ' or > '~')
                text.Append("\\x").Append(((int)letter).ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
            else
                text.Append(letter);
        }

        return text.Append('"').ToString();
    }

    private static StartFaultException Wrong(string path, int line, string fault) => new($"{path}, line {line}: {fault}");
}
