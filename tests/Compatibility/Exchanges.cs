using System.Text;
using RespKv.Server.Commands;

namespace RespKv.Tests.Compatibility;

/// <summary>All exchange files, as they were copied beside the tests.</summary>
internal static class Exchanges
{
    private static readonly Lazy<CommandTable> Commands = new(() => new CommandTable());

    private static readonly Lazy<IReadOnlyList<ExchangeScenario>> Read = new(() =>
        Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Compatibility", "Exchanges"), "*.txt")
            .Order(StringComparer.Ordinal)
            .SelectMany(file => ExchangeFile.Parse(Path.GetFileName(file), File.ReadLines(file)))
            .ToList());

    public static IReadOnlyList<ExchangeScenario> All => Read.Value;

    /// <summary>File and title of each scenario, which together name it.</summary>
    public static TheoryData<string, string> Names => NamesOf(_ => true);

    /// <summary>Those that RespKv has the commands for.</summary>
    public static TheoryData<string, string> NamesServed => NamesOf(scenario => IsServed(scenario.Needs));

    /// <summary>Those set apart, and the command that each waits for.</summary>
    public static IEnumerable<ExchangeScenario> SetApart => All.Where(scenario => !IsServed(scenario.Needs));

    private static bool IsServed(string? command) => command == null || Commands.Value.Find(Encoding.ASCII.GetBytes(command)) != null;

    private static TheoryData<string, string> NamesOf(Func<ExchangeScenario, bool> isWanted)
    {
        var names = new TheoryData<string, string>();
        foreach (var scenario in All.Where(isWanted))
            names.Add(scenario.File, scenario.Title);
        return names;
    }

    public static ExchangeScenario Find(string file, string title) => All.Single(scenario => scenario.File == file && scenario.Title == title);
}
