using System.Globalization;
using System.Text.RegularExpressions;
using RespKv.Crash;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

public sealed partial class SyncBeforeReplyTests
{
    private const int Writes = 20;

    [PeerFact("strace")]
    public async Task With_always_the_file_is_synced_between_a_write_and_its_reply()
    {
        using var folder = new TemporaryFolder();
        var trace = folder["trace"];
        await using var server = ServerRun.BeginUnder(
            ["strace", "-f", "-y", "-s", "4000", "-e", "trace=pwrite64,fsync,fdatasync,sendto,sendmsg", "-o", trace], folder["data"], "--appendfsync", "always");
        Assert.True(await server.UntilReadyAsync(), server.Output);
        await using var client = await server.ConnectAsync();

        for (var i = 0; i < Writes; i++)
            await client.ExecuteAsync("SET", "key", "write-" + i.ToString(CultureInfo.InvariantCulture) + ";");
        await server.KillAsync();

        var steps = StepPattern().Matches(await File.ReadAllTextAsync(trace)).Select(match => match.Groups[1].Success ? "write" : match.Groups[2].Success ? "sync" : "reply").ToList();
        var replies = Enumerable.Range(0, steps.Count).Where(i => steps[i] == "reply").ToList();
        Assert.Equal(Writes, replies.Count);
        // From the reply before, or the start, up to this reply: the log is written, then synced.
        Assert.All(replies, reply => Assert.True(IsWrittenAndSynced(steps[(steps.LastIndexOf("reply", Math.Max(reply - 1, 0)) + 1)..reply]), $"Reply {replies.IndexOf(reply)} was sent too early."));
    }

    private static bool IsWrittenAndSynced(List<string> steps) => steps.IndexOf("write") is >= 0 and var write && steps.FindIndex(write, step => step == "sync") >= 0;

    // Calls on the log's segment that have returned, in their order, and replies to SET when they begin. A call that another thread's has interrupted is shown in two lines.
    [GeneratedRegex(@"(pwrite64\(\d+</[^>]*/log-\d+>.*?write-\d+;.*)|((?:fsync|fdatasync)(?:\(\d+</[^>]*/log-\d+>\)\s*|\ resumed>\)\s*)= 0)|(send(?:to|msg)\([^\n]*\+OK)")]
    private static partial Regex StepPattern();
}
