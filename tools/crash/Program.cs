using System.CommandLine;
using RespKv.Crash;

var rounds = new Option<int>("--rounds") { Description = "Rounds of traffic, SIGKILL and comparison.", DefaultValueFactory = _ => 200 };
var seed = new Option<int>("--seed") { Description = "Of all that is random.", DefaultValueFactory = _ => Environment.TickCount & 0xFFFFFF };
var fsync = new Option<string>("--fsync") { Description = "The server's appendfsync.", DefaultValueFactory = _ => "everysec" };
fsync.AcceptOnlyFromAmong("always", "everysec");
var keys = new Option<int>("--keys") { Description = "Keys that are there throughout, so that checkpoints and recoveries take longer.", DefaultValueFactory = _ => 100_000 };

var kill = new Command("kill", "Kills the server at random moments, also while it makes checkpoints and recovers, and compares what it has then with what was acknowledged.") { rounds, seed, fsync, keys };
kill.SetAction((line, _) => InFolderAsync(async folder =>
{
    var result = await KillRounds.RunAsync(folder, line.GetValue(rounds), line.GetValue(seed), line.GetValue(fsync)!, line.GetValue(keys), Console.WriteLine).ConfigureAwait(false);
    Console.WriteLine(
        $"{result.Rounds} rounds (seed {line.GetValue(seed)}, {line.GetValue(fsync)}): {result.Traffic.Acknowledged} writes acknowledged, {result.Traffic.SurvivedBeyond} more survived; "
        + $"{result.DuringCheckpoint} kills within a checkpoint, {result.DuringRecovery} within a recovery; {result.Faults.Count} faults");
    return result.Faults;
}));

var cuts = new Option<int>("--cuts") { Description = "Power cuts.", DefaultValueFactory = _ => 50 };
var cut = new Command("cut", "Cuts the power at random moments: what was not synced is gone, or is partly there. Needs root, for a disk in a file.") { cuts, seed, fsync };
cut.SetAction((line, _) => InFolderAsync(async folder =>
{
    var result = await PowerCuts.RunAsync(folder, line.GetValue(cuts), line.GetValue(seed), line.GetValue(fsync)!, Console.WriteLine).ConfigureAwait(false);
    Console.WriteLine(
        $"{result.Cuts} cuts (seed {line.GetValue(seed)}, {line.GetValue(fsync)}), {result.Mixed} of them with unsynced blocks partly there: {result.Traffic.Acknowledged} writes acknowledged, "
        + $"{result.Traffic.Lost} of them lost, {result.Traffic.SurvivedBeyond} more survived; {result.Faults.Count} faults");
    return result.Faults;
}));

var count = new Option<int>("--count") { Description = "Faults.", DefaultValueFactory = _ => 400 };
var damage = new Command("damage", "Flips bits and cuts files off, one fault at a time: the start must be refused, or the data right.") { count, seed };
damage.SetAction((line, _) => InFolderAsync(async folder =>
{
    var data = Path.Combine(folder, "data");
    await DamageRounds.MakeFolderAsync(data).ConfigureAwait(false);
    var result = await DamageRounds.RunAsync(data, folder, line.GetValue(count), line.GetValue(seed), DamageRounds.StartProcessAsync, Console.WriteLine).ConfigureAwait(false);
    Console.WriteLine($"{line.GetValue(count)} faults (seed {line.GetValue(seed)}), {result.InRecords} of them in records: {result.Refused} refused, {result.Harmless} harmless, {result.Faults.Count} wrong");
    return result.Faults;
}));

var seconds = new Option<int>("--seconds") { Description = "How long; the round under way is completed.", DefaultValueFactory = _ => 60 };
var linear = new Command("linear", "Has clients compete for keys while checkpoints are made, records are spilled and the log is cleaned, and looks whether all replies fit together.") { seconds, seed };
linear.SetAction((line, _) => InFolderAsync(async folder =>
{
    var since = System.Diagnostics.Stopwatch.StartNew();
    var result = await LinearRun.RunAsync(folder, _ => since.Elapsed.TotalSeconds > line.GetValue(seconds), line.GetValue(seed), Console.WriteLine).ConfigureAwait(false);
    Console.WriteLine(
        $"{result.Histories} histories and {result.Contests} rounds of the contest (seed {line.GetValue(seed)}) beside {result.Saves} checkpoints and {result.WrittenBytes >> 20} MB of other writes; "
        + $"{result.SpillFiles} spill files, {result.CleanedFiles} of them cleaned away; {result.Faults.Count} wrong");
    return result.Faults;
}));

var writes = new Option<long>("--writes") { Description = "Writes in all.", DefaultValueFactory = _ => 20_000_000 };
var options = new Option<string[]>("--server") { Description = "Further arguments of the server, such as --server=--maxmemory=64mb.", DefaultValueFactory = _ => [] };
var churn = new Command("churn", "Overwrites, expires and deletes for as long as hours of use would, and looks whether memory or disk grow.") { writes, seed, options };
churn.SetAction((line, _) => InFolderAsync(async folder =>
{
    var since = System.Diagnostics.Stopwatch.StartNew();
    var result = await ChurnRun.RunAsync(folder, line.GetValue(writes), line.GetValue(seed), line.GetValue(options)!, Console.WriteLine).ConfigureAwait(false);
    var (memory, disk) = (ChurnRun.Halves(result.Samples, sample => sample.ResidentBytes), ChurnRun.Halves(result.Samples, sample => sample.DiskBytes));
    Console.WriteLine(
        $"{result.Samples[^1].Writes} writes (seed {line.GetValue(seed)}) in {since.Elapsed.TotalSeconds:0} s; at most, in the first half and in the second: {memory.Earlier >> 20} and {memory.Later >> 20} MB resident, "
        + $"{disk.Earlier >> 20} and {disk.Later >> 20} MB on disk; {result.Faults.Count} faults");
    return result.Faults;
}));

return await new RootCommand("Crashes a RespKv server in many ways, and looks whether it kept its promises. Ends with 1 when it did not; the data folder is kept then.") { kill, cut, damage, linear, churn }.Parse(args).InvokeAsync().ConfigureAwait(false);

static async Task<int> InFolderAsync(Func<string, Task<List<string>>> run)
{
    var folder = Directory.CreateTempSubdirectory("respkv-crash-").FullName;
    var faults = await run(folder).ConfigureAwait(false);
    foreach (var fault in faults)
        Console.WriteLine(fault);
    if (faults.Count > 0)
    {
        Console.WriteLine("The data folder is kept: " + folder);
        return 1;
    }

    Directory.Delete(folder, recursive: true);
    return 0;
}
