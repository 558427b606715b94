using System.CommandLine;
using RespKv.Migrate;
using StackExchange.Redis;

var match = new Option<string>("--match") { Description = "Only keys like this pattern, as SCAN has it.", DefaultValueFactory = _ => "*" };
var databases = new Option<string>("--databases") { Description = "Only these, with commas between them: numbers, or names of namespaces of RespKv.", DefaultValueFactory = _ => "" };
var inFlight = new Option<int>("--in-flight-mb") { Description = "Megabytes of values on the way at a time.", DefaultValueFactory = _ => 16 };
inFlight.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is < 1 or > 4096)
        result.AddError("--in-flight-mb must be between 1 and 4096");
});
var skipUnsupported = new Option<bool>("--skip-unsupported") { Description = "End with 0 although keys were left out that the target cannot have." };
var from = new AddressOptions("from");
var to = new AddressOptions("to");

var replace = new Option<bool>("--replace") { Description = "Overwrite keys that the target has." };
var keep = new Option<bool>("--skip-existing") { Description = "Keep keys that the target has." };
var dryRun = new Option<bool>("--dry-run") { Description = "Go through the source and count, and write nothing." };
var state = new Option<string>("--state") { Description = "File that says how far the copy is; a run that was ended goes on from there.", DefaultValueFactory = _ => "respkv-migrate.json" };
var copy = new Command("copy", "Copies keys with all that belongs to them: values, times to live (of fields too), and between two RespKv metadata and namespaces.")
{
    replace, keep, dryRun, state, match, databases, inFlight, skipUnsupported,
};
copy.Validators.Add(line =>
{
    if (line.GetValue(replace) && line.GetValue(keep))
        line.AddError("--replace and --skip-existing do not go together");
});
copy.SetAction((line, cancellation) => GuardedAsync(() => CopyAsync(line, cancellation)));

var tolerance = new Option<long>("--ttl-tolerance") { Description = "Milliseconds by which times to live may differ.", DefaultValueFactory = _ => 1000 };
var shown = new Option<int>("--show") { Description = "Differences that are listed.", DefaultValueFactory = _ => 20 };
var repair = new Option<bool>("--repair") { Description = "Make the target like the source: copy what differs, and delete what only the target has." };
var verify = new Command("verify", "Compares both servers: values, types, times to live, metadata. Ends with 1 when they differ.") { tolerance, shown, repair, match, databases, inFlight, skipUnsupported };
verify.SetAction((line, cancellation) => GuardedAsync(() => VerifyAsync(line, cancellation)));

from.AddTo(copy, verify);
to.AddTo(copy, verify);
var root = new RootCommand("Moves data between a Redis, Valkey, Garnet or RespKv and another, while both run. Ends with 0 when all is well, 1 when keys were left out or differ, 2 when it could not go on.") { copy, verify };
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }).ConfigureAwait(false);

async Task<int> CopyAsync(ParseResult line, CancellationToken cancellation)
{
    await using var source = await Peer.ConnectAsync(from.Of(line)).ConfigureAwait(false);
    await using var target = await Peer.ConnectAsync(to.Of(line)).ConfigureAwait(false);
    RequireTwo(source, target);
    var options = Options(line) with
    {
        Existing = line.GetValue(replace) ? ExistingKeys.Replace : line.GetValue(keep) ? ExistingKeys.Keep : ExistingKeys.Refuse,
        IsDryRun = line.GetValue(dryRun),
        StateFile = line.GetValue(state)!,
    };
    var name = $"{from.Of(line)} to {to.Of(line)}, {options.Match}, databases {(line.GetValue(databases) is { Length: > 0 } some ? some : "all")}";
    var total = await new CopyRun(source, target, options, name, Print).RunAsync(cancellation).ConfigureAwait(false);
    if (options.IsDryRun)
    {
        Print($"{Reply.Number(total.Seen)} keys: {Tally.Show(total.Types)}; about {Reply.Number(total.Bytes / 1_000_000)} MB. Nothing was written.");
        return 0;
    }

    Print($"{Reply.Number(total.Copied)} keys copied, {Reply.Number(total.Bytes / 1_000_000)} MB; {Reply.Number(total.Existing)} kept as the target has them, {Reply.Number(total.Gone)} gone meanwhile");
    return Outcome(total.Unsupported, line, 0);
}

async Task<int> VerifyAsync(ParseResult line, CancellationToken cancellation)
{
    await using var source = await Peer.ConnectAsync(from.Of(line)).ConfigureAwait(false);
    await using var target = await Peer.ConnectAsync(to.Of(line)).ConfigureAwait(false);
    RequireTwo(source, target);
    var options = Options(line) with { ToleranceMs = line.GetValue(tolerance), Shown = line.GetValue(shown), Repairs = line.GetValue(repair) };
    var found = await new VerifyRun(source, target, options, Print).RunAsync(cancellation).ConfigureAwait(false);
    foreach (var difference in found.Lines)
        Print(difference);
    if (found.DifferenceCount > found.Lines.Count)
        Print($"... and {Reply.Number(found.DifferenceCount - found.Lines.Count)} more");
    Print(found.DifferenceCount == 0 ? $"{Reply.Number(found.Same)} keys are the same, none differs" : $"{Reply.Number(found.Same)} keys are the same; {Tally.Show(found.Differences)}");
    if (options.Repairs)
        Print($"{Reply.Number(found.Repaired)} keys repaired");
    return Outcome(found.Unsupported, line, found.DifferenceCount > found.Repaired ? 1 : 0);
}

CopyOptions Options(ParseResult line) => new()
{
    Match = line.GetValue(match)!,
    Spaces = [.. line.GetValue(databases)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Space.OfName)],
    InFlightBytes = (long)line.GetValue(inFlight) << 20,
};

int Outcome(SortedDictionary<string, long> unsupported, ParseResult line, int outcome)
{
    if (unsupported.Count == 0)
        return outcome;
    Print($"Left out, since the target cannot have them: {Tally.Show(unsupported)}");
    return line.GetValue(skipUnsupported) ? outcome : 1;
}

static void RequireTwo(Peer source, Peer target)
{
    if (source.RunId.Length > 0 && source.RunId == target.RunId)
        throw new MigrationFaultException("both are the same server");
}

static void Print(string line) => Console.WriteLine(line);

static async Task<int> GuardedAsync(Func<Task<int>> run)
{
    try
    {
        return await run().ConfigureAwait(false);
    }
    catch (Exception error) when (error is MigrationFaultException or RedisException or RedisTimeoutException or IOException or UnauthorizedAccessException)
    {
        await Console.Error.WriteLineAsync("respkv-migrate: " + error.Message.ReplaceLineEndings(" ")).ConfigureAwait(false);
        return 2;
    }
}
