using System.Text;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Migration;

/// <summary>Data on their way between real servers.</summary>
public sealed class MigrationTests
{
    private const int Seed = 411;
    private const int LargeBytes = 25 * 1024 * 1024;
    private const long FarMs = 4_000_000_000_000;

    [PeerFact]
    public async Task All_that_both_have_goes_from_Redis_to_RespKv()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var respkv = await RespServerProcess.StartAsync();
        await using var source = await redis.ConnectAsync();
        await FillAsync(source);
        await source.ExecuteAsync("RPUSH", "list", "1", "2");
        await source.ExecuteAsync("ZADD", "ranks", "1", "a");

        await AssertMovedAsync(redis, respkv, exitCode: 1);

        await using var target = await respkv.ConnectAsync();
        Assert.Equal("none", (await target.ExecuteAsync("TYPE", "list")).Text);
    }

    [PeerFact]
    public async Task All_that_both_have_goes_from_RespKv_to_Redis()
    {
        await using var respkv = await RespServerProcess.StartAsync();
        await using var redis = await RedisServerProcess.StartAsync();
        await using var source = await respkv.ConnectAsync();
        await FillAsync(source);

        await AssertMovedAsync(respkv, redis, exitCode: 0);
    }

    [Fact]
    public async Task Metadata_and_namespaces_and_times_of_fields_go_from_RespKv_to_RespKv()
    {
        await using var first = await RespServerProcess.StartAsync();
        await using var second = await RespServerProcess.StartAsync();
        await using var source = await first.ConnectAsync();
        await FillAsync(source);
        await MigrateProgram.SendAsync(source,
        [
            ["KV.PUT", "page", "value", "META", """{"a":1}""", "PXAT", $"{FarMs}"],
            ["KV.PUT", "large page", new byte[LargeBytes], "META", "[2]"],
            ["HPEXPIREAT", "hash:0", $"{FarMs}", "FIELDS", "1", "field:0"],
            ["HSET", "fields", .. Enumerable.Range(0, 60_000).SelectMany(i => new RespArgument[] { $"f{i}", new string('x', 100) })],
            ["HPEXPIREAT", "fields", $"{FarMs}", "FIELDS", "2", "f1", "f59999"],
            ["KV.USE", "sessions"], ["KV.PUT", "s:1", "ada", "META", "\"in a namespace\""], ["SET", "s:2", "plain"],
        ]);
        using var program = new MigrateProgram();

        (await program.CopyAsync(first, second)).Succeeded();

        Assert.Contains(" keys are the same, none differs", (await MigrateProgram.VerifyAsync(first, second)).Succeeded().Output, StringComparison.Ordinal);
        await using var target = await second.ConnectAsync();
        Assert.Equal("""{"a":1}""", await MetadataAsync(target, "page"));
        Assert.Equal("[2]", await MetadataAsync(target, "large page"));
        Assert.Equal(FarMs, (await target.ExecuteAsync("PEXPIRETIME", "page")).Integer);
        Assert.Equal($"[{FarMs}, -1]", (await target.ExecuteAsync("HPEXPIRETIME", "fields", "FIELDS", "2", "f59999", "f2")).ToString());
        Assert.Equal($"[{FarMs}]", (await target.ExecuteAsync("HPEXPIRETIME", "hash:0", "FIELDS", "1", "field:0")).ToString());
        await target.ExecuteAsync("KV.USE", "sessions");
        Assert.Equal("plain", (await target.ExecuteAsync("GET", "s:2")).Text);
        Assert.Equal("\"in a namespace\"", await MetadataAsync(target, "s:1"));

        await target.ExecuteAsync("KV.SETMETA", "s:1", "null");
        await target.ExecuteAsync("SELECT", "0");
        await target.ExecuteAsync("HPERSIST", "fields", "FIELDS", "1", "f1");
        var differing = await MigrateProgram.VerifyAsync(first, second);
        Assert.Equal(1, differing.ExitCode);
        Assert.Contains("namespace sessions \"s:1\": other metadata\n", differing.Output, StringComparison.Ordinal);
        Assert.Contains("db 0 \"fields\": other time to live of fields\n", differing.Output, StringComparison.Ordinal);
    }

    [PeerFact]
    public async Task What_the_target_cannot_have_is_counted_by_what_it_is()
    {
        await using var respkv = await RespServerProcess.StartAsync();
        await using var redis = await RedisServerProcess.StartAsync();
        await using var source = await respkv.ConnectAsync();
        await MigrateProgram.SendAsync(source,
        [
            ["SET", "plain", "1"], ["HSET", "timed", "a", "1", "b", "2"], ["HPEXPIREAT", "timed", $"{FarMs}", "FIELDS", "1", "a"], ["KV.USE", "named"], ["SET", "inside", "1"], ["SET", "too", "1"],
        ]);
        await using var peer = await redis.ConnectAsync();
        var hasFieldTimes = (await peer.ExecuteAsync("COMMAND", "INFO", "hpexpiretime"))[0].Items.Count > 0;
        using var program = new MigrateProgram();

        var copy = await program.CopyAsync(respkv, redis);

        Assert.Equal(1, copy.ExitCode);
        Assert.Contains($"Left out, since the target cannot have them: {(hasFieldTimes ? "" : "1 hash with fields that expire, ")}2 key of the namespace named\n", copy.Output, StringComparison.Ordinal);
        (await program.CopyAsync(respkv, redis, "--replace", "--skip-unsupported")).Succeeded();
        Assert.Equal(0, (await MigrateProgram.VerifyAsync(respkv, redis, "--databases", "1,2")).ExitCode);
    }

    [PeerFact]
    public async Task A_copy_that_was_cut_off_goes_on_where_it_was()
    {
        await using var respkv = await RespServerProcess.StartAsync();
        // Room for some of it.
        await using var redis = await RedisServerProcess.StartAsync("--maxmemory", "6mb", "--maxmemory-policy", "noeviction");
        await using var source = await respkv.ConnectAsync();
        const int count = 100_000;
        await MigrateProgram.SendAsync(source, Enumerable.Range(0, count).Select(i => new RespArgument[] { "SET", $"key:{i}", new string('v', 100) }));
        using var program = new MigrateProgram();

        var cut = await program.CopyAsync(respkv, redis);

        Assert.Equal(2, cut.ExitCode);
        Assert.Contains("OOM command not allowed", cut.Error, StringComparison.Ordinal);
        await using var target = await redis.ConnectAsync();
        var reached = (await target.ExecuteAsync("DBSIZE")).Integer;
        Assert.InRange(reached, 2000, count - 2000);
        await target.ExecuteAsync("CONFIG", "SET", "maxmemory", "0");
        await target.ExecuteAsync("CONFIG", "RESETSTAT");

        var rest = (await program.CopyAsync(respkv, redis)).Succeeded();

        Assert.Contains($"Going on where {program.StateFile} says.", rest.Output, StringComparison.Ordinal);
        Assert.Contains($"{count:N0} keys copied", rest.Output, StringComparison.Ordinal);
        // No more than a page was copied twice.
        var calls = (await target.ExecuteAsync("INFO", "commandstats")).Text.Split("cmdstat_restore:calls=")[1].Split(',')[0];
        Assert.InRange(int.Parse(calls, System.Globalization.CultureInfo.InvariantCulture), count - (int)reached, count - (int)reached + 2000);
        Assert.False(File.Exists(program.StateFile));
        Assert.Contains($"{count:N0} keys are the same, none differs", (await MigrateProgram.VerifyAsync(respkv, redis)).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_the_target_has_are_refused_kept_or_replaced()
    {
        await using var first = await RespServerProcess.StartAsync();
        await using var second = await RespServerProcess.StartAsync();
        await using var source = await first.ConnectAsync();
        await using var target = await second.ConnectAsync();
        await MigrateProgram.SendAsync(source, [["SET", "both", "source"], ["SET", "large", new byte[LargeBytes]], ["KV.PUT", "described", "source", "META", "1"], ["SET", "one", "1"]]);
        await MigrateProgram.SendAsync(target, [["SET", "both", "target"], ["SET", "large", "target"], ["SET", "described", "target"]]);
        using var program = new MigrateProgram();

        var refused = await program.CopyAsync(first, second);
        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith("respkv-migrate: db 0 of the target holds 3 keys; --replace ", refused.Error, StringComparison.Ordinal);
        Assert.Equal(3, (await target.ExecuteAsync("DBSIZE")).Integer);

        var kept = await program.CopyAsync(first, second, "--skip-existing");
        Assert.Contains("1 keys copied, 0 MB; 3 kept as the target has them", kept.Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal("[target, target, target]", (await target.ExecuteAsync("MGET", "both", "large", "described")).ToString().Replace("\"", "", StringComparison.Ordinal));
        Assert.Equal(4, (await target.ExecuteAsync("DBSIZE")).Integer);

        (await program.CopyAsync(first, second, "--replace")).Succeeded();
        Assert.Contains("4 keys are the same, none differs", (await MigrateProgram.VerifyAsync(first, second)).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_counts_and_writes_nothing()
    {
        await using var first = await RespServerProcess.StartAsync();
        await using var second = await RespServerProcess.StartAsync();
        await using var source = await first.ConnectAsync();
        await MigrateProgram.SendAsync(source, [["SET", "a", "1"], ["SET", "b", "1"], ["HSET", "c", "f", "v"]]);
        using var program = new MigrateProgram();

        var run = (await program.CopyAsync(first, second, "--dry-run")).Succeeded();

        Assert.Contains("3 keys: 1 hash, 2 string; about 0 MB. Nothing was written.", run.Output, StringComparison.Ordinal);
        await using var target = await second.ConnectAsync();
        Assert.Equal(0, (await target.ExecuteAsync("DBSIZE")).Integer);
        Assert.False(File.Exists(program.StateFile));
    }

    [Fact]
    public async Task Only_the_keys_and_databases_that_were_asked_for_are_copied()
    {
        await using var first = await RespServerProcess.StartAsync();
        await using var second = await RespServerProcess.StartAsync();
        await using var source = await first.ConnectAsync();
        await MigrateProgram.SendAsync(source, [["SET", "user:1", "a"], ["SELECT", "1"], ["SET", "user:1", "b"], ["SET", "other", "c"], ["KV.USE", "named"], ["SET", "user:2", "d"]]);
        using var program = new MigrateProgram();

        (await program.CopyAsync(first, second, "--databases", "1,named", "--match", "user:*")).Succeeded();

        await using var target = await second.ConnectAsync();
        Assert.Equal("0", (await target.ExecuteAsync("DBSIZE")).Text);
        await target.ExecuteAsync("SELECT", "1");
        Assert.Equal("[user:1]", (await target.ExecuteAsync("KEYS", "*")).ToString().Replace("\"", "", StringComparison.Ordinal));
        await target.ExecuteAsync("KV.USE", "named");
        Assert.Equal("d", (await target.ExecuteAsync("GET", "user:2")).Text);
    }

    [Fact]
    public async Task Differences_are_found_listed_counted_and_repaired()
    {
        await using var first = await RespServerProcess.StartAsync();
        await using var second = await RespServerProcess.StartAsync();
        await using var source = await first.ConnectAsync();
        await FillAsync(source);
        using var program = new MigrateProgram();
        (await program.CopyAsync(first, second)).Succeeded();
        await using var target = await second.ConnectAsync();
        await MigrateProgram.SendAsync(target,
        [
            ["SET", "key:1", "changed"], ["DEL", "key:2"], ["PEXPIREAT", "key:3", $"{FarMs}"], ["PEXPIREAT", "timed:1", $"{FarMs + 5000}"], ["SET", "more\n", "1"], ["DEL", "hash:1"], ["SET", "hash:1", "string"], ["HSET", "hash:2", "field:0", "changed"],
            ["SETRANGE", "large", $"{LargeBytes - 1}", "!"], ["SELECT", "3"], ["DEL", "three"],
        ]);
        string[] expected =
        [
            "db 0 \"key:1\": other value", "db 0 \"key:2\": missing, string", $"db 0 \"key:3\": other time to live, -1 and {FarMs} by PEXPIRETIME", $"db 0 \"timed:1\": other time to live, {FarMs} and {FarMs + 5000} by PEXPIRETIME",
            "db 0 \"more\\x0a\": only in the target", "db 0 \"hash:1\": other type, hash and string", "db 0 \"hash:2\": other fields", "db 0 \"large\": other value", "db 3 \"three\": missing, string",
        ];

        var found = await MigrateProgram.VerifyAsync(first, second);
        var few = await MigrateProgram.VerifyAsync(first, second, "--show", "2", "--ttl-tolerance", "6000");
        var repaired = await MigrateProgram.VerifyAsync(first, second, "--repair");

        Assert.Equal(1, found.ExitCode);
        Assert.All(expected, line => Assert.Contains(line, found.Lines));
        Assert.Contains("; 2 missing, 1 only in the target, 1 other fields, 2 other time to live, 1 other type, 2 other value", found.Output, StringComparison.Ordinal);
        Assert.Contains("... and 6 more", few.Lines);
        Assert.Contains("9 keys repaired", repaired.Succeeded().Lines);
        Assert.Contains(" keys are the same, none differs", (await MigrateProgram.VerifyAsync(first, second)).Succeeded().Output, StringComparison.Ordinal);
    }

    [PeerFact]
    public async Task What_is_written_meanwhile_is_brought_over_by_a_repair_once_writers_pause()
    {
        await using var redis = await RedisServerProcess.StartAsync();
        await using var respkv = await RespServerProcess.StartAsync();
        await using var source = await redis.ConnectAsync();
        await MigrateProgram.SendAsync(source, Enumerable.Range(0, 50_000).Select(i => new RespArgument[] { "SET", $"key:{i}", $"{i}" }));
        using var program = new MigrateProgram();
        var random = new Random(Seed);
        var copying = program.CopyAsync(redis, respkv);

        do
        {
            await MigrateProgram.SendAsync(source, Enumerable.Range(0, 100).Select(_ => $"key:{random.Next(60_000)}").Select(key => random.Next(4) switch
            {
                0 => new RespArgument[] { "DEL", key },
                1 => ["SET", key, "new", "EX", "1000"],
                2 => ["APPEND", key, "more"],
                _ => ["HSET", "h" + key, "f", "v"],
            }));
        }
        while (!copying.IsCompleted);
        (await copying).Succeeded();

        await MigrateProgram.VerifyAsync(redis, respkv, "--repair");
        Assert.Contains(" keys are the same, none differs", (await MigrateProgram.VerifyAsync(redis, respkv)).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_that_are_lost_are_made_again()
    {
        await using var first = await RespServerProcess.StartAsync();
        await using var second = await RespServerProcess.StartAsync();
        await using var source = await first.ConnectAsync();
        await using var target = await second.ConnectAsync();
        await MigrateProgram.SendAsync(source, Enumerable.Range(0, 100_000).Select(i => new RespArgument[] { "SET", $"key:{i}", $"{i}" }).Prepend(["KV.USE", "named"]));
        using var program = new MigrateProgram();
        var copying = program.CopyAsync(first, second);

        for (var killed = 0L; killed < 3 && !copying.IsCompleted;)
        {
            await target.ExecuteAsync("KV.USE", "named");
            var reached = (await target.ExecuteAsync("DBSIZE")).Integer;
            if (reached > killed * 20_000)
                killed += Math.Min((await target.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")).Integer, 1);
        }

        (await copying).Succeeded();
        Assert.Contains("100,000 keys are the same, none differs", (await MigrateProgram.VerifyAsync(first, second)).Succeeded().Output, StringComparison.Ordinal);
        await target.ExecuteAsync("SELECT", "0");
        Assert.Equal(0, (await target.ExecuteAsync("DBSIZE")).Integer);
    }

    [Fact]
    public async Task Passwords_and_TLS_with_certificates_are_given_to_either_server()
    {
        using var certificates = new TestCertificates();
        var port = FreePort.Next();
        await using var first = await RespServerProcess.StartAsync([.. certificates.Options(port, "yes"), "--requirepass", "sesame"]);
        await using var second = await RespServerProcess.StartAsync("--requirepass", "other");
        await using var source = await first.ConnectAsync();
        await MigrateProgram.SendAsync(source, [["AUTH", "sesame"], ["SET", "key", "value"]]);
        using var program = new MigrateProgram();
        string[] between = ["--from", $"localhost:{port}", "--from-cacert", certificates.AuthorityFile, "--to", $"127.0.0.1:{second.Port}", "--to-password", "other"];
        string[] known = ["--from-password", "sesame", "--from-cert", certificates.ClientFile, "--from-key", certificates.ClientKeyFile];

        (await MigrateProgram.RunAsync(["copy", "--state", program.StateFile, .. between, .. known])).Succeeded();

        Assert.Contains("1 keys are the same, none differs", (await MigrateProgram.RunAsync(["verify", .. between, .. known])).Succeeded().Output, StringComparison.Ordinal);
        var refused = await MigrateProgram.RunAsync(["verify", .. between, .. known, "--from-password", "wrong"]);
        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith($"respkv-migrate: cannot connect to localhost:{port}: ", refused.Error, StringComparison.Ordinal);
        Assert.Equal(2, (await MigrateProgram.RunAsync(["verify", .. between, "--from-password", "sesame"])).ExitCode);
    }

    [Fact]
    public async Task What_is_wrong_is_said_in_one_line()
    {
        await using var server = await RespServerProcess.StartAsync();
        var nobody = await MigrateProgram.RunAsync("verify", "--from", $"127.0.0.1:{FreePort.Next()}", "--to", $"127.0.0.1:{server.Port}");
        var same = await MigrateProgram.VerifyAsync(server, server);
        var address = await MigrateProgram.RunAsync("verify", "--from", "127.0.0.1:port", "--to", $"127.0.0.1:{server.Port}");

        Assert.All([nobody, same, address], run => Assert.Equal((2, 1), (run.ExitCode, run.Error.Count(c => c == '\n'))));
        Assert.StartsWith("respkv-migrate: cannot connect to 127.0.0.1:", nobody.Error, StringComparison.Ordinal);
        Assert.Equal("respkv-migrate: both are the same server\n", same.Error);
        Assert.Equal("respkv-migrate: '127.0.0.1:port' is no address: host:port\n", address.Error);
    }

    /// <summary>Copies and compares, once all at a time and once in small pieces.</summary>
    private static async Task AssertMovedAsync(ServerProcess from, ServerProcess to, int exitCode)
    {
        using var program = new MigrateProgram();

        var copy = await program.CopyAsync(from, to);
        Assert.True(copy.ExitCode == exitCode, copy.Output + copy.Error);
        if (exitCode == 1)
            Assert.Contains("Left out, since the target cannot have them: 1 list, 1 zset\n", copy.Output, StringComparison.Ordinal);
        var verify = (await MigrateProgram.VerifyAsync(from, to, "--skip-unsupported")).Succeeded();
        Assert.Contains(" keys are the same, none differs", verify.Output, StringComparison.Ordinal);

        await using var source = await from.ConnectAsync();
        await using var target = await to.ConnectAsync();
        await source.ExecuteAsync("CONFIG", "RESETSTAT");
        (await program.CopyAsync(from, to, "--replace", "--skip-unsupported", "--in-flight-mb", "1")).Succeeded();
        Assert.Contains($"cmdstat_getrange:calls={(LargeBytes / (256 * 1024)) + 1},", (await source.ExecuteAsync("INFO", "commandstats")).Text, StringComparison.Ordinal);
        (await MigrateProgram.VerifyAsync(from, to, "--skip-unsupported", "--in-flight-mb", "1", "--ttl-tolerance", "0")).Succeeded();
        foreach (var key in new RespArgument[] { "large", "timed:1", new byte[] { 0, 255, 13, 10 }, "empty", "hash:0" })
            Assert.True((await source.ExecuteAsync("DUMP", key)).Bytes.Length > 0 && (await target.ExecuteAsync("EXISTS", key)).Integer == 1);
        Assert.Equal((await source.ExecuteAsync("DBSIZE")).Integer - (exitCode == 1 ? 2 : 0), (await target.ExecuteAsync("DBSIZE")).Integer);
        Assert.Equal(FarMs, (await target.ExecuteAsync("PEXPIRETIME", "timed:1")).Integer);
        Assert.Empty((await target.ExecuteAsync("KEYS", "respkv-migrate:*")).Items);
    }

    private static Task FillAsync(RespClient client)
    {
        var random = new Random(Seed);
        byte[] Bytes(int count)
        {
            var bytes = new byte[count];
            random.NextBytes(bytes);
            return bytes;
        }

        return MigrateProgram.SendAsync(client,
        [
            .. Enumerable.Range(0, 3000).Select(i => new RespArgument[] { "SET", $"key:{i}", Bytes(random.Next(300)) }),
            .. Enumerable.Range(0, 100).Select(i => new RespArgument[] { "SET", $"timed:{i}", $"{i}", "PXAT", $"{FarMs}" }),
            .. Enumerable.Range(0, 50).Select(i => new RespArgument[] { "HSET", $"hash:{i}" }.Concat(Enumerable.Range(0, 1 + (i * 20)).SelectMany(f => new RespArgument[] { $"field:{f}", Bytes(20) })).ToArray()),
            ["SET", new byte[] { 0, 255, 13, 10 }, Bytes(10)], ["SET", "empty", ""], ["SET", Encoding.UTF8.GetBytes("ключ"), "text"],
            ["SET", "large", Bytes(LargeBytes), "PXAT", $"{FarMs}"],
            ["HSET", "large hash", .. Enumerable.Range(0, 20_000).SelectMany(f => new RespArgument[] { Bytes(12), Bytes(200) })], ["PEXPIREAT", "large hash", $"{FarMs}"],
            ["SELECT", "3"], ["SET", "three", "3"], ["SELECT", "0"],
        ]);
    }

    private static async Task<string> MetadataAsync(RespClient client, string key)
    {
        var items = (await client.ExecuteAsync("KV.META", key)).Items;
        return items[items.Select(item => item.Text).ToList().IndexOf("metadata") + 1].Text;
    }
}
