using System.CommandLine;
using System.CommandLine.Parsing;
using RespKv.Load.Table;

namespace RespKv.Load;

/// <summary>The command line: each option with its default, its bounds and one sentence.</summary>
internal sealed class CommandLine
{
    // A day, and a rate that no socket reaches: a mistyped number must not overflow a schedule.
    private const double SecondsMax = 86_400;
    private const double RateMax = 1e9;

    private const string Description = """
        Sends the same traffic to one or more servers that speak the Redis protocol, in turns within one run, and prints requests per
        second, CPU time per request of the server and of this program, latency percentiles and memory. Ends with 1, and the text of
        the reply, at the first reply that is an error or not of the expected type and length.

        A --server is one of:
          respkv | redis | valkey | garnet     started here on a free port, in memory only, and stopped in the end; respkv is looked
                                               for where the build puts it, from the root of the repository, the others on the PATH
          garnet=/path/to/garnet-server        the same, with the program at that path; a .dll is run by dotnet
          name='command ... {port} ...'        any command; {dir} in it is an empty folder, removed in the end
          name=host:port@pid                   one that runs already; without @pid its CPU and memory are not measured
        """;

    private readonly Option<string[]> servers = new("--server") { Description = "A server to measure; repeat it to compare.", Required = true };

    private readonly Option<string[]> workloads = new("--workload")
    {
        Description = $"What to send; repeatable. {string.Join("; ", Workload.Names.Select(each => $"{each.Key}: {each.Value}"))}.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => ["set", "get"],
    };

    private readonly Option<int> valueBytes = Number("--value-size", 64, 0, 32 << 20, "Bytes in a value.");
    private readonly Option<int> expireSeconds = Number("--expire", 3600, 1, int.MaxValue, "Seconds that setex asks for.");
    private readonly Option<int> keys = Number("--keys", 100_000, 1, int.MaxValue, "Different keys, key:%012d, asked for uniformly at random.");
    private readonly Option<int> connections = Number("--connections", 50, 1, 60_000, "Connections.");
    private readonly Option<int> threads = Number("--threads", 1, 1, 256, "Threads of this program that share the connections.");
    private readonly Option<int> rounds = Number("--rounds", 3, 1, 1000, "Measurements of each server, interleaved over the servers; the table gives medians.");
    private readonly Option<int> seed = Number("--seed", 1, 0, int.MaxValue, "Seed of the random keys; the same seed sends the same keys.");
    private readonly Option<double> seconds = Fraction("--seconds", 3, 0.1, SecondsMax, "Length of each measurement.");
    private readonly Option<double> warmUp = Fraction("--warmup", 1, 0, SecondsMax, "Seconds of the same traffic before each measurement.");
    private readonly Option<double> rate = Fraction("--rate", 0, 0, RateMax, "Requests per second to send, however fast replies come; latency counts from when a batch was due. 0: each batch follows the replies to the last.");

    private readonly Option<int[]> pipelines = new("--pipeline")
    {
        Description = "Requests sent together before their replies are awaited; repeatable, a table for each.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [1],
    };

    private readonly Option<long> requests = new("--requests") { Description = "End each measurement after this many requests instead of after --seconds." };
    private readonly Option<bool> noPreload = new("--no-preload") { Description = "Do not write the keys beforehand: set then writes new keys." };
    private readonly Option<bool> allowMisses = new("--allow-misses") { Description = "Count keys that are not there instead of failing, as for a server that evicts." };
    private readonly Option<bool> markdown = new("--markdown") { Description = "Print the tables as markdown." };

    private readonly RootCommand root;

    /// <param name="run">Given the settings, does the work and answers the exit code.</param>
    /// <param name="runTable">The same for the whole table.</param>
    public CommandLine(Func<LoadOptions, int> run, Func<TableOptions, int> runTable)
    {
        workloads.AcceptOnlyFromAmong([.. Workload.Names.Keys]);
        servers.Validators.Add(CheckServers);
        pipelines.Validators.Add(result => CheckAtLeast(result, result.GetValueOrDefault<int[]>().Min(), 1));
        requests.Validators.Add(result => CheckAtLeast(result, result.GetValueOrDefault<long>(), 1));
        root = new RootCommand(Description)
        {
            servers, workloads, valueBytes, expireSeconds, keys, connections, pipelines, threads, seconds, requests, warmUp, rounds,
            rate, seed, noPreload, allowMisses, markdown,
        };
        root.SetAction(parsed => run(Read(parsed)));
        root.Subcommands.Add(new TableCommandLine(runTable).Command);
    }

    public int Invoke(string[] arguments) => root.Parse(arguments).Invoke();

    private LoadOptions Read(ParseResult parsed) => new()
    {
        Servers = Array.ConvertAll(parsed.GetRequiredValue(servers), ServerSpec.Parse),
        Workloads = parsed.GetRequiredValue(workloads),
        ValueBytes = parsed.GetValue(valueBytes),
        ExpireSeconds = parsed.GetValue(expireSeconds),
        Keys = parsed.GetValue(keys),
        Connections = parsed.GetValue(connections),
        Pipelines = parsed.GetRequiredValue(pipelines),
        Threads = parsed.GetValue(threads),
        Seconds = parsed.GetValue(seconds),
        Requests = parsed.GetValue(requests),
        WarmUpSeconds = parsed.GetValue(warmUp),
        Rounds = parsed.GetValue(rounds),
        Rate = parsed.GetValue(rate),
        Seed = (ulong)parsed.GetValue(seed),
        Preload = !parsed.GetValue(noPreload),
        AllowMisses = parsed.GetValue(allowMisses),
        Markdown = parsed.GetValue(markdown),
    };

    internal static void CheckServers(OptionResult result)
    {
        try
        {
            var names = Array.ConvertAll(result.GetValueOrDefault<string[]>(), text => ServerSpec.Parse(text).Name);
            if (names.Distinct().Count() < names.Length)
            {
                result.AddError("Two servers have the same name.");
            }
        }
        catch (FormatException fault)
        {
            result.AddError(fault.Message);
        }
    }

    private static void CheckAtLeast(OptionResult result, long value, long least)
    {
        if (value < least)
        {
            result.AddError($"{result.Option.Name} must be at least {least}.");
        }
    }

    internal static Option<int> Number(string name, int byDefault, int min, int max, string description)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < min || value > max))
            {
                result.AddError($"{name} must be from {min} to {max}.");
            }
        });
        return option;
    }

    internal static Option<double> Fraction(string name, double byDefault, double min, double max, string description)
    {
        var option = new Option<double>(name) { Description = description, DefaultValueFactory = _ => byDefault };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is var value && !(value >= min && value <= max))
            {
                result.AddError($"{name} must be from {min} to {max}.");
            }
        });
        return option;
    }
}
