namespace RespKv.Server.Commands;

/// <summary>The parameters that CONFIG reads and changes.</summary>
internal interface IConfiguration
{
    /// <summary>The parameters whose names match any of the glob patterns, each once, with their values as CONFIG GET shows them.</summary>
    IReadOnlyList<(string Name, string Value)> Get(IEnumerable<string> patterns);

    /// <summary>Changes parameters, all or none of them. Null when done, else the whole error reply.</summary>
    string? Set(IReadOnlyList<(string Name, string Value)> pairs);

    /// <summary>Writes the present values to the configuration file. Null when done, else the whole error reply.</summary>
    string? Rewrite();
}

/// <summary>A server that has no parameters.</summary>
internal sealed class NoConfiguration : IConfiguration
{
    public static readonly NoConfiguration Instance = new();

    public IReadOnlyList<(string Name, string Value)> Get(IEnumerable<string> patterns) => [];

    public string? Set(IReadOnlyList<(string Name, string Value)> pairs) =>
        $"ERR Unknown option or number of arguments for CONFIG SET - '{pairs[0].Name}'";

    public string? Rewrite() => "ERR The server is running without a config file";
}
