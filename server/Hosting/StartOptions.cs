using System.Collections;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
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

    private static readonly Option<string[]> User = new("--user")
    {
        Description = "a user, as a line of the configuration file has one, such as --user app on '>sesame' '~app:*' +@all; may be repeated",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
        HelpName = "name rules",
    };

    private static readonly Dictionary<Parameter, Option> Options = ParameterTable.All.ToDictionary(p => p, OptionOf);

    /// <summary>Adds the file and an option for each parameter to a command, and its help.</summary>
    public static void AddTo(RootCommand command)
    {
        command.Arguments.Add(File);
        foreach (var option in Options.Values)
            command.Options.Add(option);
        command.Options.Add(User);
        var help = command.Options.OfType<HelpOption>().Single();
        help.Action = new HelpText((HelpAction)help.Action!, File);
    }

    /// <summary>What is wrong with the form of a command line, in one line; null when nothing is.</summary>
    public static string? FaultOf(ParseResult line)
    {
        // What looks like an option and is none is taken for the file.
        var file = line.GetValue(File);
        var stray = file is ['-', ..] ? file : line.UnmatchedTokens.FirstOrDefault(token => token.StartsWith('-'));
        if (stray != null)
            return $"unknown option '{stray}'";
        var fault = Options.Select(option => FaultOf(line, option.Key, option.Value)).FirstOrDefault(fault => fault != null)
            ?? (WordsOf(line, User).FirstOrDefault(word => word.StartsWith("--", StringComparison.Ordinal)) is { } word ? $"unknown option '{word}'" : null);
        return fault ?? (line.Errors.Count > 0 ? line.Errors[0].Message : null);
    }

    // The library takes whatever follows an option for its value.
    private static string? FaultOf(ParseResult line, Parameter parameter, Option option)
    {
        var words = WordsOf(line, option);
        if (words.Any(word => word is "--help" or "--version" || Options.Values.Any(o => o.Name == word || o.Aliases.Contains(word))))
            return $"option '{option.Name}' needs a value";
        return parameter.Kind.TakesWords && words.FirstOrDefault(word => word.StartsWith("--", StringComparison.Ordinal)) is { } stray ? $"unknown option '{stray}'" : null;
    }

    /// <summary>The configuration of a command line, an environment, and the file that the command line names.</summary>
    /// <param name="line">The command line; what it has that is no option is in its errors.</param>
    /// <param name="variables">The environment.</param>
    /// <param name="ignored">Is given what was found and is not acted on.</param>
    /// <exception cref="StartFaultException">Something that was given is wrong.</exception>
    public static ServerConfiguration Read(ParseResult line, IDictionary variables, IgnoredSettings ignored)
    {
        if (FaultOf(line) is { } fault)
            throw new StartFaultException(fault);
        var configuration = new ServerConfiguration();
        if (line.GetValue(File) is { } file)
        {
            configuration.FilePath = Path.GetFullPath(file);
            ConfigurationFile.Load(file, configuration, ignored);
        }

        EnvironmentVariables.Load(variables, configuration, ignored);
        foreach (var (parameter, option) in Options)
            Read(line, parameter, option, configuration, ignored);
        configuration.Settings.Users.AddRange(UsersOf(line));
        SuitPersistence(configuration);
        if (configuration.Settings.IsPersistent && !configuration.Settings.Store.ListsKeys)
            throw new StartFaultException("--key-index: off is for a cache in memory only: it needs --persistence off");
        return configuration.Contradiction() is { } contradiction ? throw new StartFaultException("--maxmemory-policy: " + contradiction) : configuration;
    }

    // A store that keeps its data gives none up; one that keeps nothing is a cache, and says that nothing is saved.
    private static void SuitPersistence(ServerConfiguration configuration)
    {
        var isOn = configuration.Settings.IsPersistent;
        Default(configuration, "maxmemory-policy", isOn ? "noeviction" : "allkeys-lru");
        if (isOn)
            return;
        Default(configuration, "appendonly", "no");
        Default(configuration, "save", "");
    }

    private static void Default(ServerConfiguration configuration, string name, string value)
    {
        if (!configuration.IsGiven(name))
            configuration.Default(ParameterTable.Find(name)!, value);
    }

    private static void Read(ParseResult line, Parameter parameter, Option option, ServerConfiguration configuration, IgnoredSettings ignored)
    {
        var words = WordsOf(line, option);
        if (words.Length == 0)
            return;
        // Of a value that is given twice the last counts, as in Redis.
        var value = parameter.Kind.TakesWords ? string.Join(' ', words) : words[^1];
        if (configuration.Start(parameter, ByteText.FromText(value)) is { } error)
            throw new StartFaultException($"--{parameter.Name}: {error}");
        if (!parameter.HasEffect)
            ignored.WithoutEffect.Add(parameter.Name);
    }

    // The library gives the words of all users as one: where each begins only the line itself tells.
    private static List<UserDirective> UsersOf(ParseResult line)
    {
        var users = new List<List<string>>();
        var isUser = false;
        foreach (var token in line.Tokens)
        {
            if (token.Type == TokenType.Option)
                isUser = token.Value == User.Name;
            if (!isUser)
                continue;
            if (token.Type == TokenType.Option)
                users.Add([]);
            else
                users[^1].AddRange(ConfigurationFile.Words(ByteText.FromText(token.Value)) ?? throw new StartFaultException("--user: unbalanced quotes"));
        }

        return users.ConvertAll(words => words.Count == 0 ? throw new StartFaultException("--user: the name is missing") : new UserDirective("--user", words[0], words[1..]));
    }

    private static string[] WordsOf(ParseResult line, Option option) =>
        line.GetResult(option) is { Implicit: false } result ? [.. result.Tokens.Select(token => token.Value)] : [];

    private static Option OptionOf(Parameter parameter)
    {
        var option = new Option<string[]>("--" + parameter.Name)
        {
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = parameter.Kind.TakesWords,
            Description = $"{parameter.Summary} (default: {parameter.ShownDefault})",
            HelpName = "value",
            Hidden = !parameter.HasEffect,
        };
        if (parameter.Alias != null)
            option.Aliases.Add("--" + parameter.Alias);
        return option;
    }
}
