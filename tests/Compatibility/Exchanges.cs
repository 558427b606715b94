namespace RespKv.Tests.Compatibility;

/// <summary>All exchange files, as they were copied beside the tests.</summary>
internal static class Exchanges
{
    private static readonly Lazy<IReadOnlyList<ExchangeScenario>> Read = new(() =>
        Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Compatibility", "Exchanges"), "*.txt")
            .Order(StringComparer.Ordinal)
            .SelectMany(file => ExchangeFile.Parse(Path.GetFileName(file), File.ReadLines(file)))
            .ToList());

    public static IReadOnlyList<ExchangeScenario> All => Read.Value;

    /// <summary>File and title of each scenario, which together name it.</summary>
    public static TheoryData<string, string> Names
    {
        get
        {
            var names = new TheoryData<string, string>();
            foreach (var scenario in All)
                names.Add(scenario.File, scenario.Title);
            return names;
        }
    }

    public static ExchangeScenario Find(string file, string title) => All.Single(scenario => scenario.File == file && scenario.Title == title);
}
