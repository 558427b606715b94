using System.Text;
using RespKv.Protocol;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Configuration;

/// <summary>A configuration file in Redis's form: a directive and its words on each line, <c>#</c> before comments, quotes as in inline commands.</summary>
internal static class ConfigurationFile
{
    private const int IncludesMax = 16;

    /// <summary>Reads a file into a configuration.</summary>
    /// <param name="path">The file.</param>
    /// <param name="configuration">Is given the values.</param>
    /// <param name="ignored">Is given what the file has and RespKv does not act on.</param>
    /// <exception cref="StartFaultException">It cannot be read, or a line of it is wrong; the message names the line.</exception>
    public static void Load(string path, ServerConfiguration configuration, IgnoredSettings ignored) => Load(path, configuration, ignored, 0);

    /// <summary>
    /// Writes the present values and users over those of a file, line by line, and behind them those that the file did not name and that are not the defaults. The file is replaced in
    /// one step and keeps its permissions, since it may hold the password; if it is gone, it is made anew.
    /// </summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="StartFaultException">It cannot be read.</exception>
    public static void Rewrite(string path, IReadOnlyDictionary<Parameter, string> values, IReadOnlyList<string> users)
    {
        var lines = new List<string>();
        var written = new HashSet<Parameter>();
        var usersLeft = new Queue<string>(users.Select(user => string.Join(' ', user.Split(' ').Select(QuotedIfNeeded))));
        foreach (var line in File.Exists(path) ? ReadLines(path) : [])
        {
            var words = Words(line);
            var parameter = words is { Count: > 0 } ? ParameterTable.Find(words[0]) : null;
            if (words is { Count: > 0 } && IsUser(words))
                lines.AddRange(usersLeft.TryDequeue(out var user) ? [user] : []);
            else if (parameter == null)
                lines.Add(line);
            else if (written.Add(parameter))
                lines.Add(Line(parameter, values[parameter]));
        }

        var others = values.Where(pair => pair.Value != pair.Key.Default && written.Add(pair.Key)).Select(pair => Line(pair.Key, pair.Value)).Concat(usersLeft).ToList();
        if (others.Count > 0)
            lines.AddRange(["# Written by CONFIG REWRITE", .. others]);
        Replace(path, lines);
    }

    private static void Replace(string path, List<string> lines)
    {
        var temporary = path + ".tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = File.Exists(path) ? File.GetUnixFileMode(path) : UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(temporary, options))
        {
            file.Write(Encoding.Latin1.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
            file.Flush();
            DiskSync.Sync(file.SafeFileHandle);
        }

        File.Move(temporary, path, overwrite: true);
        DataFolder.SyncNames(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static void Load(string path, ServerConfiguration configuration, IgnoredSettings ignored, int depth)
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
                foreach (var included in Included(path, ByteText.ToText(words[1])))
                    Load(included, configuration, ignored, depth + 1);
            }
            else if (IsUser(words))
            {
                configuration.Settings.Users.Add(new UserDirective($"{path}, line {number}", words[1], words[2..]));
            }
            else if (words[0].Equals("rename-command", StringComparison.OrdinalIgnoreCase))
            {
                if (words.Count != 3)
                    throw Wrong(path, number, "wrong number of arguments for 'rename-command'");
                configuration.Settings.Renamings.Add(new CommandRenaming($"{path}, line {number}", words[1], words[2]));
            }
            else if (ParameterTable.Find(words[0]) is { } parameter)
            {
                if (Read(parameter, words, configuration, ignored) is { } fault)
                    throw Wrong(path, number, fault);
            }
            else if (RememberedParameters.Directives.Contains(words[0].ToLowerInvariant()))
            {
                ignored.WithoutEffect.Add(words[0].ToLowerInvariant());
            }
            else
            {
                ignored.Unknown.Add($"'{words[0]}' ({path}, line {number})");
            }
        }
    }

    /// <summary>The files that an include names: relative to the file that includes them, and by a pattern any number of them, in order.</summary>
    private static string[] Included(string path, string name)
    {
        var full = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, name);
        var (folder, file) = (Path.GetDirectoryName(full)!, Path.GetFileName(full));
        if (!file.AsSpan().ContainsAny("*?"))
            return [full];
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder, file).Order(StringComparer.Ordinal)] : [];
    }

    private static bool IsUser(List<string> words) => words.Count > 1 && words[0].Equals("user", StringComparison.OrdinalIgnoreCase);

    private static string? Read(Parameter parameter, List<string> words, ServerConfiguration configuration, IgnoredSettings ignored)
    {
        if (words.Count == 1 || (words.Count > 2 && !parameter.Kind.TakesWords))
            return $"wrong number of arguments for '{parameter.Name}'";
        if (!parameter.HasEffect)
            ignored.WithoutEffect.Add(parameter.Name);
        return configuration.Start(parameter, string.Join(' ', words.Skip(1))) is { } error ? $"{parameter.Name}: {error}" : null;
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
    internal static List<string>? Words(string line)
    {
        if (line.AsSpan().TrimStart().StartsWith("#"))
            return [];
        var request = new RespRequest();
        if (!InlineArguments.TrySplit(Encoding.Latin1.GetBytes(line), request))
            return null;
        return [.. Enumerable.Range(0, request.Length).Select(i => Encoding.Latin1.GetString(request[i]))];
    }

    private static string Line(Parameter parameter, string value) => $"{parameter.Name} {(parameter.Kind.TakesWords && value.Length > 0 ? value : Quoted(value))}";

    // A hash begins with what begins a comment only at the start of a line.
    private static string QuotedIfNeeded(string word) => word.AsSpan().ContainsAnyExceptInRange('!', '~') || word.AsSpan().ContainsAny("\"'\\") ? Quoted(word) : word;

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
