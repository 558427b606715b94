using System.Collections;
using System.CommandLine;
using System.Text;
using RespKv.Server.Configuration;

namespace RespKv.Server.Hosting;

/// <summary>
/// The command line that starts the server: <c>respkv [file] [--parameter value ...]</c>, each parameter by its name. What the command line gives goes before what the
/// environment gives, and that before what the file gives.
/// </summary>
internal static class StartOptions
{
    private static readonly Argument<string?> File = new("file")
    {
        Description = "a configuration file in Redis's form",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Dictionary<Parameter, Option> Options = ParameterTable.All.ToDictionary(p => p, OptionOf);

    /// <summary>Adds the file and an option for each parameter to a command.</summary>
    public static void AddTo(Command command)
    {
        command.Arguments.Add(File);
        foreach (var option in Options.Values)
            command.Options.Add(option);
    }

    /// <summary>The configuration of a command line, an environment, and the file that the command line names.</summary>
    /// <param name="line">The command line; what it has that is no option is in its errors.</param>
    /// <param name="variables">The environment.</param>
    /// <param name="withoutEffect">Parameters that were given and have no effect here.</param>
    /// <exception cref="StartFaultException">Something that was given is wrong.</exception>
    public static ServerConfiguration Read(ParseResult line, IDictionary variables, out IReadOnlyCollection<string> withoutEffect)
    {
        var unused = new SortedSet<string>(StringComparer.Ordinal);
        var configuration = new ServerConfiguration();
        var file = line.GetValue(File);
        // What looks like an option and is none is taken for the file.
        if (file != null && file.StartsWith('-'))
            throw new StartFaultException($"unknown option '{file}'");
        if (line.Errors.Count > 0)
            throw new StartFaultException(line.Errors[0].Message);
        if (file != null)
        {
            configuration.FilePath = Path.GetFullPath(file);
            unused.UnionWith(ConfigurationFile.Load(file, configuration));
        }

        EnvironmentVariables.Load(variables, configuration);
        foreach (var (parameter, option) in Options)
            Read(line, parameter, option, configuration, unused);
        withoutEffect = unused;
        return configuration;
    }

    private static void Read(ParseResult line, Parameter parameter, Option option, ServerConfiguration configuration, SortedSet<string> unused)
    {
        if (line.GetResult(option) is not { Implicit: false } result)
            return;
        var words = result.Tokens.Select(token => token.Value).ToArray();
        if (parameter.Kind.TakesWords && words.FirstOrDefault(w => w.StartsWith("--", StringComparison.Ordinal)) is { } stray)
            throw new StartFaultException($"unknown option '{stray}'");
        if (configuration.Start(parameter, Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(string.Join(' ', words)))) is { } error)
            throw new StartFaultException($"--{parameter.Name}: {error}");
        if (!parameter.HasEffect)
            unused.Add(parameter.Name);
    }

    private static Option OptionOf(Parameter parameter)
    {
        var shownDefault = parameter.Default.Length == 0 ? "none" : parameter.Default;
        Option option = parameter.Kind.TakesWords
            ? new Option<string[]>("--" + parameter.Name) { Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true }
            : new Option<string>("--" + parameter.Name) { Arity = ArgumentArity.ExactlyOne };
        option.Description = $"{parameter.Summary} (default: {shownDefault})";
        option.HelpName = "value";
        option.Hidden = !parameter.HasEffect;
        if (parameter.Alias != null)
            option.Aliases.Add("--" + parameter.Alias);
        return option;
    }
}
