using RespKv.Protocol;

namespace RespKv.Tests.Commands;

/// <summary>Users and their permissions, where Redis 7.4 differs from the Redis that the exchanges compare with, and where we go beyond it.</summary>
public sealed class AclTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Theory]
    [InlineData("+@all -@hash -@slow +hget", "+@all -@hash -@slow +hget")]
    [InlineData("+@all -@hash -@slow +hget -@hash", "+@all -@slow +hget -@hash")]
    [InlineData("+@all -@hash -@slow +hget +@hash", "+@all -@slow +hget +@hash")]
    [InlineData("+@all -@hash -@all", "-@all")]
    [InlineData("-@string -@slow +@all", "+@all")]
    [InlineData("+@HASH +@hash +@HaSh", "-@all +@hash")]
    [InlineData("+HGET +hget +hGeT", "-@all +hget")]
    [InlineData("+@hash +@slow +@keyspace +@keyspace +@slow +@hash", "-@all +@keyspace +@slow +@hash")]
    [InlineData("+hget -hset +hset -hget", "-@all +hset -hget")]
    [InlineData("+client|list +client|list +config|get +config +acl|list -acl", "-@all +client|list +config -acl")]
    [InlineData("+select|0 +SELECT|0 +debug|segfault +debug", "-@all +select|0 +debug")]
    [InlineData("-@dangerous", "-@all -@dangerous")]
    [InlineData("+config +config|get -config|set +config", "-@all +config")]
    [InlineData("+get +getset -get", "-@all +getset -get")]
    public async Task Rules_on_commands_are_kept_in_the_order_in_which_they_count(string rules, string commands)
    {
        await using var client = await server.ConnectAsync();
        await using var user = await NewUserAsync(client, rules);
        var shown = await client.ExecuteAsync("ACL", "GETUSER", user.Name);
        Assert.Equal(commands, shown.Items[5].Text);
    }

    [Theory]
    [InlineData("(+PING (+SELECT (+DEL", "ERR Unmatched parenthesis in acl selector starting at '(+PING'.")]
    [InlineData("(+PING (+SELECT (+DEL ) ) )", "ERR Error in ACL SETUSER modifier '(+PING (+SELECT (+DEL )': Syntax error")]
    [InlineData("ns=", "ERR Error in ACL SETUSER modifier 'ns=': Syntax error")]
    public async Task A_rule_that_is_wrong_is_named(string rules, string error)
    {
        await using var client = await server.ConnectAsync();
        Assert.Equal([error], await RunAsync(client, "ACL SETUSER acl-wrong " + rules));
        Assert.True((await client.ExecuteAsync("ACL", "GETUSER", "acl-wrong")).IsNull);
    }

    [Theory]
    [InlineData("GET b", "NOPERM No permissions to access a key")]
    [InlineData("DEL a", "NOPERM User {user} has no permissions to run the 'del' command")]
    [InlineData("CONFIG GET x", "NOPERM User {user} has no permissions to run the 'config|get' command")]
    [InlineData("PUBLISH c x", "NOPERM No permissions to access a channel")]
    [InlineData("EVAL return(redis.call('get','b')) 0", "ERR ACL failure in script: No permissions to access a key")]
    public async Task What_is_not_allowed_is_refused_in_the_words_of_Redis(string command, string error)
    {
        await using var admin = await server.ConnectAsync();
        await using var user = await NewUserAsync(admin, "on nopass +get +publish +eval ~a");
        await using var client = await user.LogInAsync(server);
        var reply = Assert.Single(await RunAsync(client, command));
        Assert.StartsWith(error.Replace("{user}", user.Name, StringComparison.Ordinal), reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET b", "User {user} has no permissions to access the 'b' key")]
    [InlineData("DEL a", "User {user} has no permissions to run the 'del' command")]
    [InlineData("PUBLISH c x", "User {user} has no permissions to access the 'c' channel")]
    [InlineData("SELECT 3", "User {user} has no permissions to access the '3' namespace")]
    public async Task A_call_that_is_tried_tells_what_is_in_the_way(string command, string told)
    {
        await using var admin = await server.ConnectAsync();
        await using var user = await NewUserAsync(admin, "+get +publish +select ~a ns=default");
        var reply = Assert.Single(await RunAsync(admin, $"ACL DRYRUN {user.Name} {command}"));
        Assert.Equal(told.Replace("{user}", user.Name, StringComparison.Ordinal), reply);
    }

    [Fact]
    public async Task Denials_that_are_alike_are_one_entry_of_the_log()
    {
        await using var admin = await server.ConnectAsync();
        await using var user = await NewUserAsync(admin, "on nopass +get ~a");
        await using var client = await user.LogInAsync(server);
        await RunAsync(client, "GET b", "GET b", "GET c");

        var log = (await admin.ExecuteAsync("ACL", "LOG", "1000")).Items.Where(entry => entry.Items[9].Text == user.Name).ToList();

        Assert.Equal(["c", "b"], log.Select(entry => entry.Items[7].Text));
        Assert.Equal([1L, 2L], log.Select(entry => entry.Items[1].Integer));
        Assert.Equal(
            ["count", "reason", "context", "object", "username", "age-seconds", "client-info", "entry-id", "timestamp-created", "timestamp-last-updated"],
            log[0].Items.Where((_, i) => i % 2 == 0).Select(name => name.Text));
        Assert.Equal(("key", "toplevel"), (log[0].Items[3].Text, log[0].Items[5].Text));
        Assert.Contains($" cmd=get user={user.Name} ", log[0].Items[13].Text, StringComparison.Ordinal);
        Assert.True(log[0].Items[15].Integer > log[1].Items[15].Integer);
    }

    [Fact]
    public async Task Denials_are_counted_by_their_reason()
    {
        await using var own = await Support.RespServerProcess.StartAsync();
        await using var admin = await own.ConnectAsync();
        await using var client = await own.ConnectAsync();
        await RunAsync(admin, "ACL SETUSER u on nopass +get +publish +select ~a ns=0");
        await RunAsync(client, "AUTH u x", "GET b", "GET b", "DEL a", "PUBLISH c x", "SELECT 1", "AUTH none x");

        var counts = (await admin.ExecuteAsync("INFO", "stats")).Text.Split("\r\n").Where(line => line.StartsWith("acl_", StringComparison.Ordinal));

        Assert.Equal(
            ["acl_access_denied_auth:1", "acl_access_denied_cmd:1", "acl_access_denied_key:2", "acl_access_denied_channel:1", "acl_access_denied_namespace:1"], counts);
    }

    [Fact]
    public async Task Who_takes_a_channel_from_itself_is_told_so_and_then_closed()
    {
        await using var admin = await server.ConnectAsync();
        await using var user = await NewUserAsync(admin, "on nopass +@all &acl-own");
        await using var client = await server.ConnectAsync(3);
        await client.ExecuteAsync("AUTH", user.Name, "x");
        await client.ExecuteAsync("SUBSCRIBE", "acl-own");

        Assert.Equal("OK", (await client.ExecuteAsync("ACL", "SETUSER", user.Name, "resetchannels")).Text);

        Assert.Empty(await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_pipeline_does_not_outlive_its_user()
    {
        await using var admin = await server.ConnectAsync();
        await using var user = await NewUserAsync(admin, "on nopass +@all ~*");
        await using var client = await user.LogInAsync(server);

        await client.SendAsync(System.Text.Encoding.ASCII.GetBytes($"SET acl-pipeline 1\r\nACL DELUSER {user.Name}\r\nSET acl-pipeline 2\r\n"));

        Assert.Equal("+OK\r\n:1\r\n", System.Text.Encoding.ASCII.GetString(await client.ReadToEndAsync()));
        Assert.Equal("1", (await admin.ExecuteAsync("GET", "acl-pipeline")).Text);
    }

    [Fact]
    public async Task A_change_counts_for_the_next_command_of_whoever_is_connected()
    {
        await using var admin = await server.ConnectAsync();
        await using var user = await NewUserAsync(admin, "on nopass +@all ~* &*");
        await using var client = await user.LogInAsync(server);
        Assert.Equal(["OK"], await RunAsync(client, "SET acl-change 1"));

        await RunAsync(admin, $"ACL SETUSER {user.Name} -set");

        Assert.Equal([$"NOPERM User {user.Name} has no permissions to run the 'set' command", "1"], await RunAsync(client, "SET acl-change 2", "GET acl-change"));
    }

    [Fact]
    public async Task What_users_are_made_of_is_in_no_slow_log()
    {
        await using var own = await Support.RespServerProcess.StartAsync("--slowlog-log-slower-than", "0");
        await using var client = await own.ConnectAsync();
        await RunAsync(client, "ACL SETUSER u on >sesame", "ACL GETUSER u", "ACL DELUSER u", "CONFIG SET masteruser u");

        var calls = (await client.ExecuteAsync("SLOWLOG", "GET")).Items.Select(call => string.Join(' ', call.Items[3].Items.Select(word => word.Text)));

        Assert.Equal(["CONFIG SET masteruser (redacted)", "ACL DELUSER (redacted)", "ACL GETUSER (redacted)", "ACL SETUSER (redacted) (redacted) (redacted)"], calls);
    }

    /// <summary>Sends commands and gives the text of their replies; nothing for a null.</summary>
    internal static async Task<string[]> RunAsync(RespClient client, params string[] commands)
    {
        var replies = new string[commands.Length];
        for (var i = 0; i < commands.Length; i++)
            replies[i] = await client.ExecuteAsync([.. commands[i].Split(' ').Select(word => (RespArgument)word)]) is { IsNull: false } reply ? reply.Text : "";
        return replies;
    }

    internal static async Task<TestUser> NewUserAsync(RespClient admin, string rules)
    {
        var name = "u" + Guid.NewGuid().ToString("N")[..12];
        Assert.Equal(["OK"], await RunAsync(admin, $"ACL SETUSER {name} {rules}"));
        return new TestUser(admin, name);
    }

    /// <summary>A user that is gone with the test.</summary>
    internal sealed class TestUser(RespClient admin, string name) : IAsyncDisposable
    {
        public string Name { get; } = name;

        public async Task<RespClient> LogInAsync(RunningServer server)
        {
            var client = await server.ConnectAsync();
            Assert.Equal("OK", (await client.ExecuteAsync("AUTH", Name, "x")).Text);
            return client;
        }

        public async ValueTask DisposeAsync() => await admin.ExecuteAsync("ACL", "DELUSER", Name);
    }
}
