using System.Globalization;
using RespKv.Protocol;
using RespKv.Server.Storage.Durability;
using RespKv.Server.Storage.Upkeep;
using Xunit.Abstractions;

namespace RespKv.Tests.Durability;

/// <summary>Damage at random places of random files: after a repair a server starts, and has a beginning of what was written, in the right values.</summary>
public sealed class RepairSweepTests(ITestOutputHelper output)
{
    private const int Seed = 20261125;
    private const int Rounds = 40;
    private const int Keys = 120;
    private const int LargeBytes = 300_000;

    [Fact]
    public async Task What_a_repair_leaves_is_a_beginning_of_what_was_written()
    {
        using var data = new KeptData();
        await WriteAsync(data);
        var random = new Random(Seed);
        output.WriteLine($"seed {Seed}");
        for (var round = 0; round < Rounds; round++)
        {
            using var copy = new KeptData();
            CopyFiles(data.Path, copy.Path);
            var last = copy.Segments[^1];
            var bytes = new FileInfo(last).Length;
            var what = Damage(copy, random);
            // Nothing in the folder tells that the log went on.
            var isShort = !File.Exists(last) || new FileInfo(last).Length < bytes;
            var outcome = Repair(copy.Path);
            output.WriteLine($"{round}: {what}: {outcome}");
            await AssertIsBeginningAsync(copy, isShort ? "shortened" : outcome, $"round {round}, {what}");
        }
    }

    private static async Task WriteAsync(KeptData data)
    {
        for (var run = 0; run < 3; run++)
        {
            await using var server = await data.StartAsync();
            await using var client = await server.ConnectAsync();
            for (var i = run * Keys / 3; i < (run + 1) * Keys / 3; i++)
            {
                await client.ExecuteAsync("SET", $"small:{i}", $"value {i}");
                if (i % 30 == 10)
                    await client.ExecuteAsync("SET", $"large:{i}", new string((char)('a' + (i % 26)), LargeBytes));
                if (i is 25 or 55 or 90)
                    await client.ExecuteAsync("SAVE");
            }
        }
    }

    private static void CopyFiles(string from, string to)
    {
        Directory.CreateDirectory(Path.Combine(to, "values"));
        foreach (var path in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(path, Path.Combine(to, Path.GetRelativePath(from, path)));
    }

    private static string Damage(KeptData data, Random random)
    {
        string[] files = [.. data.Checkpoints, .. data.Segments, .. data.Values];
        var path = files[random.Next(files.Length)];
        var offset = random.NextInt64(new FileInfo(path).Length);
        var name = $"{Path.GetFileName(path)} at {offset}";
        switch (random.Next(4))
        {
            case 0:
                using (var file = new FileStream(path, FileMode.Open))
                    file.SetLength(offset);
                return name + " cut off";
            case 1:
                File.Delete(path);
                return name + " deleted";
            default:
                KeptData.Flip(path, offset);
                return name + " flipped";
        }
    }

    private static string Repair(string path)
    {
        using var folder = DataFolder.Open(path);
        var survey = FolderSurvey.Of(folder);
        if (survey.Damages.Count == 0)
            return "whole";
        var repair = FolderRepair.Begin(folder, TimeProvider.System.GetUtcNow());
        repair.Restore(LostHeader.In(survey));
        survey = FolderSurvey.Of(folder);
        var plan = RepairPlan.For(survey);
        if (survey.Damages.Count > 0)
            repair.Run(survey, plan, 0);
        Assert.Empty(FolderSurvey.Of(folder).Damages);
        return plan.IsGathering ? "gathered" : "repaired";
    }

    private static async Task AssertIsBeginningAsync(KeptData data, string outcome, string what)
    {
        await using var server = await data.StartAsync();
        await using var client = await server.ConnectAsync();
        var small = await ValuesAsync(client, "small", 1);
        var large = await ValuesAsync(client, "large", 30);
        var found = small.Count(pair => pair.Value != null);
        Assert.All(small, pair => Assert.True(pair.Value == null || pair.Value == $"value {pair.Key}", what));
        Assert.All(large, pair => Assert.True(pair.Value == null || pair.Value == new string((char)('a' + (pair.Key % 26)), LargeBytes), what));
        Assert.True(outcome == "gathered" || small.Take(found).All(pair => pair.Value != null), what);
        Assert.True(outcome != "whole" || (found == Keys && large.All(pair => pair.Value != null)), what);
    }

    private static async Task<List<KeyValuePair<int, string?>>> ValuesAsync(RespClient client, string name, int step)
    {
        var numbers = Enumerable.Range(0, Keys).Where(i => step == 1 || i % step == 10).ToList();
        var replies = await client.ExecuteAsync(["MGET", .. numbers.Select(i => (RespArgument)string.Create(CultureInfo.InvariantCulture, $"{name}:{i}"))]);
        return [.. numbers.Select((number, i) => KeyValuePair.Create(number, replies[i].IsNull ? null : replies[i].Text))];
    }
}
