using RespKv.Server.Commands;
using RespKv.Server.Kv;

namespace RespKv.Server.Configuration;

/// <summary>
/// The present value of every parameter, as CONFIG shows it, and the settings that follow from them. Values are strings of bytes: one character for each. Thread-safe.
/// </summary>
internal sealed class ServerConfiguration : IConfiguration
{
    private readonly Dictionary<Parameter, string> values = ParameterTable.All.ToDictionary(p => p, p => p.Default);
    private readonly Dictionary<Parameter, string> defaults = [];
    private readonly HashSet<Parameter> given = [];
    private readonly Lock changing = new();

    public ServerConfiguration()
    {
        foreach (var parameter in values.Keys)
            Apply(parameter);
    }

    /// <summary>What follows from the values.</summary>
    public ServerSettings Settings { get; } = new();

    /// <summary>The configuration file, as a full path; empty for none.</summary>
    public string FilePath { get; set; } = "";

    /// <summary>
    /// Told of parameters whose values have changed, to act on them; what it returns is the one that cannot be had and why, and then all are changed back.
    /// </summary>
    public Func<IReadOnlyCollection<Parameter>, (Parameter Parameter, string Fault)?>? Changed { get; set; }

    /// <summary>The users as lines of the file; none where they are in a file of their own.</summary>
    public Func<IReadOnlyList<string>> UserLines { get; set; } = () => [];

    /// <summary>The present value, as CONFIG GET shows it.</summary>
    public string this[Parameter parameter]
    {
        get
        {
            lock (changing)
                return values[parameter];
        }
    }

    /// <summary>Gives a parameter its value at the start; the result says what is wrong with it, or is null.</summary>
    public string? Start(Parameter parameter, string text)
    {
        lock (changing)
        {
            if (!TryRead(parameter, text, out var value, out var error))
                return error;
            values[parameter] = value;
            given.Add(parameter);
            Apply(parameter);
            return null;
        }
    }

    /// <summary>Gives a parameter a default that depends on others.</summary>
    public void Default(Parameter parameter, string value)
    {
        lock (changing)
        {
            values[parameter] = defaults[parameter] = value;
            Apply(parameter);
        }
    }

    /// <summary>Whether a parameter was given at the start, be it with the value that is its default.</summary>
    public bool IsGiven(string name)
    {
        lock (changing)
            return given.Contains(ParameterTable.Find(name)!);
    }

    public IReadOnlyList<(string Name, string Value)> Get(IEnumerable<string> patterns)
    {
        var found = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        lock (changing)
        {
            foreach (var pattern in patterns)
            {
                foreach (var name in NamesLike(pattern))
                    found.TryAdd(name, Shown(ParameterTable.Find(name)!));
            }
        }

        return [.. found.Select(pair => (pair.Key, pair.Value))];
    }

    public string? Set(IReadOnlyList<(string Name, string Value)> pairs)
    {
        lock (changing)
        {
            return Check(pairs) ?? Change(pairs);
        }
    }

    public string? Rewrite()
    {
        if (FilePath.Length == 0)
            return "ERR The server is running without a config file";
        try
        {
            lock (changing)
                ConfigurationFile.Rewrite(FilePath, values.Where(pair => defaults.GetValueOrDefault(pair.Key) != pair.Value).ToDictionary(), UserLines());
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or StartFaultException)
        {
            return "ERR Rewriting config file: " + error.Message;
        }
    }

    // What is no pattern is a name, and is shown as it was asked for, as Redis has it.
    private static IEnumerable<string> NamesLike(string pattern)
    {
        if (!pattern.AsSpan().ContainsAny("*?["))
            return ParameterTable.Find(pattern) == null ? [] : [pattern];
        var glob = pattern.Select(c => (byte)c).ToArray();
        return ParameterTable.Names.Where(name => !ParameterTable.Find(name)!.IsHidden && GlobPattern.IsMatch(glob, System.Text.Encoding.ASCII.GetBytes(name), ignoreCase: true));
    }

    private static string? Check(IReadOnlyList<(string Name, string Value)> pairs)
    {
        // An older name and its newer one may be given together, as in Redis; then the last counts.
        // By name: Redis takes a parameter and its older name as two.
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, _) in pairs)
        {
            if (ParameterTable.Find(name) is not { } parameter)
                return $"ERR Unknown option or number of arguments for CONFIG SET - '{name}'";
            if (parameter.IsImmutable)
                return Failed(name, "can't set immutable config");
            if (parameter.IsProtected)
                return Failed(name, "can't set protected config");
            if (!seen.Add(name))
                return Failed(name, "duplicate parameter");
        }

        return null;
    }

    private string Shown(Parameter parameter) => parameter.Kind.Shown(values[parameter]);

    private string? Change(IReadOnlyList<(string Name, string Value)> pairs)
    {
        var old = new Dictionary<Parameter, string>();
        foreach (var (name, text) in pairs)
        {
            var parameter = ParameterTable.Find(name)!;
            if (!TryRead(parameter, text, out var value, out var error))
            {
                PutBack(old);
                return Failed(name, error);
            }

            if (values[parameter] == value && !parameter.IsReference)
                continue;
            old.TryAdd(parameter, values[parameter]);
            values[parameter] = value;
            Apply(parameter);
        }

        if (Contradiction() is { } contradiction)
        {
            PutBack(old);
            return Failed("maxmemory-policy", contradiction);
        }

        if (old.Count == 0 || Changed?.Invoke(old.Keys) is not { } refused)
            return null;
        PutBack(old);
        Changed(old.Keys);
        return Failed(refused.Parameter.Name, refused.Fault);
    }

    private void PutBack(Dictionary<Parameter, string> old)
    {
        foreach (var (parameter, value) in old)
        {
            values[parameter] = value;
            Apply(parameter);
        }
    }

    private bool TryRead(Parameter parameter, string text, out string value, out string error)
    {
        if (!parameter.Kind.TryRead(text, out value, out error))
            return false;
        if (parameter.Name == "client-output-buffer-limit")
            value = OutputLimits.Merge(values[parameter], value);
        return true;
    }

    /// <summary>Why two values do not go together; null when they do.</summary>
    public string? Contradiction() =>
        Settings.Store is { ListsKeys: false, EvictsExpiringOnly: true } ? "a volatile policy finds the keys that may go by the index of keys (key-index on)" : null;

    private void Apply(Parameter parameter) => parameter.Apply?.Invoke(Settings, values[parameter]);

    private static string Failed(string name, string why) => $"ERR CONFIG SET failed (possibly related to argument '{name}') - {why}";
}
