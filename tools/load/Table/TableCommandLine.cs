using System.CommandLine;
using System.CommandLine.Parsing;

namespace RespKv.Load.Table;

/// <summary>The command line of <c>table</c>: each option with its default, its bounds and one sentence.</summary>
internal sealed class TableCommandLine
{
    private const string Program = "dotnet run --project tools/load -c Release --";

    private const int QuickRounds = 1;
    private const double QuickSeconds = 0.3;
    private const double QuickWarmUpSeconds = 0.1;
    private const double QuickIdleSeconds = 0.5;
    private const long QuickRecoveryKeys = 100_000;

    private static readonly string Description = $"""
        Runs all kinds of work on all servers and prints the table of docs/benchmarks.md: medians, spread, ratios and whether the goals
        of the first server are met. Each server is started anew for each row, in memory only or with a log that is synced every second.
        Rows: {string.Join(' ', TableRows.All.Select(row => row.Name))}.
        """;

    private readonly Option<string[]> servers = new("--server")
    {
        Description = $"A server to measure, the one that the goals are for first: {string.Join(", ", ServerSpec.Presets.Keys)}, one of these with =path, or name='command ... {ServerSpec.Port} ...'. Repeatable.",
        Required = true,
    };

    private readonly Option<string[]> logServers = new("--log-server")
    {
        Description = $"For a server given by its command: name='command ... {ServerSpec.Port} ... {ServerSpec.Folder} ...' that keeps a log there, synced every second. Without it the rows with a log leave it out.",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> rows = new("--rows")
    {
        Description = "Names of the rows to run, with * for anything, such as 'log-*'; all by default.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<bool> quick = new("--quick") { Description = "Few keys and one short round: shows in minutes that everything works, and not how fast it is." };
    private readonly Option<int> rounds = CommandLine.Number("--rounds", 5, 1, 1000, "Measurements of each server, interleaved over the servers.");
    private readonly Option<double> seconds = CommandLine.Fraction("--seconds", 3, 0.1, 3600, "Length of each measurement.");
    private readonly Option<double> warmUp = CommandLine.Fraction("--warmup", 1, 0, 3600, "Seconds of the same traffic before each measurement; three times as long before the first.");
    private readonly Option<int> threads = CommandLine.Number("--threads", 1, 1, 256, "Threads of this program that share the connections.");
    private readonly Option<int> seed = CommandLine.Number("--seed", 1, 0, int.MaxValue, "Seed of the random keys; the same seed sends the same keys.");
    private readonly Option<int> recoveryKeys = CommandLine.Number("--recovery-keys", 1_000_000, 1, int.MaxValue, "Keys that are loaded at a start.");

    private readonly Option<string?> output = new("--output")
    {
        Description = $"A file to write the report to, after each row. Between the lines '{TableReport.Begin}' and '{TableReport.End}' if it has them.",
    };

    /// <param name="run">Given the settings, does the work and answers the exit code.</param>
    public TableCommandLine(Func<TableOptions, int> run)
    {
        servers.Validators.Add(CommandLine.CheckServers);
        servers.Validators.Add(CheckCommands);
        logServers.Validators.Add(CheckLogServers);
        rows.Validators.Add(CheckRows);
        Command = new Command("table", Description) { servers, logServers, rows, quick, rounds, seconds, warmUp, threads, seed, recoveryKeys, output };
        Command.SetAction(parsed => run(Read(parsed)));
    }

    public Command Command { get; }

    private TableOptions Read(ParseResult parsed)
    {
        var isQuick = parsed.GetValue(quick);
        var logs = parsed.GetRequiredValue(logServers).Select(text => text.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1]);
        return new TableOptions
        {
            Servers = [.. parsed.GetRequiredValue(servers).Select(ServerSpec.Parse).Select(spec => logs.TryGetValue(spec.Name, out var log) ? spec with { LogCommand = log } : spec)],
            Rows = parsed.GetRequiredValue(rows),
            IsQuick = isQuick,
            Rounds = Value(rounds, QuickRounds),
            Seconds = Value(seconds, QuickSeconds),
            WarmUpSeconds = Value(warmUp, QuickWarmUpSeconds),
            IdleSeconds = isQuick ? QuickIdleSeconds : new TableOptions { Servers = [] }.IdleSeconds,
            Threads = parsed.GetValue(threads),
            Seed = (ulong)parsed.GetValue(seed),
            RecoveryKeys = Value(recoveryKeys, (int)QuickRecoveryKeys),
            Output = parsed.GetValue(output),
            CommandLine = $"{Program} {string.Join(' ', parsed.Tokens.Select(token => Quoted(token.Value)))}",
        };

        T Value<T>(Option<T> option, T whenQuick) => isQuick && parsed.GetResult(option) is null or { Implicit: true } ? whenQuick : parsed.GetValue(option)!;
    }

    private static string Quoted(string argument) =>
        argument.All(letter => char.IsAsciiLetterOrDigit(letter) || "-_=/.,:@".Contains(letter, StringComparison.Ordinal)) ? argument : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static void CheckCommands(OptionResult result)
    {
        foreach (var text in result.GetValueOrDefault<string[]>().Where(IsRunning))
        {
            result.AddError($"'{text}' runs already; the table starts its servers itself: give a command.");
        }
    }

    private static bool IsRunning(string text)
    {
        try
        {
            return ServerSpec.Parse(text).Command is null;
        }
        catch (FormatException)
        {
            // Told by the check of the form.
            return false;
        }
    }

    private static void CheckLogServers(OptionResult result)
    {
        foreach (var text in result.GetValueOrDefault<string[]>().Where(text => !(text.Contains('=') && text.Contains(ServerSpec.Port) && text.Contains(ServerSpec.Folder))))
        {
            result.AddError($"'{text}' is not name='command' with {ServerSpec.Port} and {ServerSpec.Folder}.");
        }
    }

    private static void CheckRows(OptionResult result)
    {
        foreach (var pattern in result.GetValueOrDefault<string[]>())
        {
            var options = new TableOptions { Servers = [], Rows = [pattern] };
            if (!TableRows.All.Any(row => options.Selects(row.Name)))
            {
                result.AddError($"No row is called '{pattern}'. There are: {string.Join(' ', TableRows.All.Select(row => row.Name))}.");
            }
        }
    }
}
