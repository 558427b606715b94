namespace RespKv.Server.Configuration;

/// <summary>One parameter: an option of the command line, a directive of the configuration file, a name that CONFIG knows.</summary>
/// <param name="Name">As Redis has it.</param>
/// <param name="Kind">What its values may be.</param>
/// <param name="Default">The value when none is given.</param>
internal sealed record Parameter(string Name, ParameterKind Kind, string Default)
{
    /// <summary>An older name that means the same.</summary>
    public string? Alias { get; init; }

    /// <summary>What it does, in one line; empty for one that is remembered only.</summary>
    public string Summary { get; init; } = "";

    /// <summary>The default in words, where the machine decides it; else null.</summary>
    public string? DefaultMeaning { get; init; }

    /// <summary>The default as help and documentation show it.</summary>
    public string ShownDefault => DefaultMeaning ?? (Default.Length == 0 ? "none" : Default);

    /// <summary>Puts a value that <see cref="Kind"/> has read into effect; null for one that is remembered only, because clients and tools ask for it.</summary>
    public Action<ServerSettings, string>? Apply { get; init; }

    /// <summary>Whether the value names a file whose contents count, so that setting it to what it is has an effect as well.</summary>
    public bool IsReference { get; init; }

    /// <summary>Whether CONFIG SET refuses to change it.</summary>
    public bool IsImmutable { get; init; }

    /// <summary>Whether CONFIG SET refuses to change it because it says where files go.</summary>
    public bool IsProtected { get; init; }

    /// <summary>Whether CONFIG GET shows it only when asked for by its very name.</summary>
    public bool IsHidden { get; init; }

    public bool HasEffect => Apply != null;

    /// <summary>The environment variable that sets it.</summary>
    public string Variable => "RESPKV_" + Name.Replace('-', '_').ToUpperInvariant();
}
