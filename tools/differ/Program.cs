using System.CommandLine;
using System.Net;
using RespKv.Differ;

var peer = new Option<string>("--peer") { Description = "The redis-server that is right by definition.", DefaultValueFactory = _ => "127.0.0.1:6379" };
var subject = new Option<string>("--subject") { Description = "The RespKv that is compared with it. Both lose all their data.", DefaultValueFactory = _ => "127.0.0.1:7777" };
var seed = new Option<int>("--seed") { Description = "Of the first episode; each further one has the next.", DefaultValueFactory = _ => Environment.TickCount & 0xFFFFFF };
var commands = new Option<long>("--commands") { Description = "How many commands to send, at least.", DefaultValueFactory = _ => 1_000_000 };
var faultsMax = new Option<int>("--faults") { Description = "Ends at so many.", DefaultValueFactory = _ => 20 };

var random = new Command("random", "Sends random commands to both, one connection an episode, and compares replies and data.") { peer, subject, seed, commands, faultsMax };
random.SetAction(line =>
{
    using var contest = new Contest(IPEndPoint.Parse(line.GetValue(peer)!), IPEndPoint.Parse(line.GetValue(subject)!));
    var faults = RandomRun.Run(contest, line.GetValue(seed), line.GetValue(commands), line.GetValue(faultsMax), Console.WriteLine);
    return faults == 0 ? 0 : 1;
});

var mistakes = new Command("mistakes", "Sends every command with words missing, too many, unknown and of the wrong kind, and compares what is replied.") { peer, subject };
mistakes.SetAction(line =>
{
    using var contest = new Contest(IPEndPoint.Parse(line.GetValue(peer)!), IPEndPoint.Parse(line.GetValue(subject)!));
    return MistakeRun.Run(contest, oneOf: 1, Console.WriteLine) == 0 ? 0 : 1;
});

return await new RootCommand("Looks for replies of RespKv that differ from Redis's. Ends with 1 when there are some.") { random, mistakes }.Parse(args).InvokeAsync().ConfigureAwait(false);
