using RespKv.Protocol;

namespace RespKv.Tests.Commands;

/// <summary>Users that are limited to namespaces, and to keys by their prefix: what Redis does not have.</summary>
public sealed class AclNamespaceTests(RunningServer server) : IClassFixture<RunningServer>
{
    private const string Denied = "NOPERM No permissions to access a namespace";

    [Theory]
    [InlineData("ns=1", "SELECT 1|SET k v|GET k|DBSIZE", "OK|OK|v|1")]
    [InlineData("ns=1", "GET k", Denied)]
    [InlineData("ns=1", "DBSIZE", Denied)]
    [InlineData("ns=1", "SCAN 0", Denied)]
    [InlineData("ns=1", "RANDOMKEY", Denied)]
    [InlineData("ns=1", "FLUSHDB", Denied)]
    [InlineData("ns=1", "FLUSHALL", Denied)]
    [InlineData("ns=1", "KV.LIST", Denied)]
    [InlineData("ns=1", "KV.DELPREFIX x", Denied)]
    [InlineData("ns=1", "WATCH k", Denied)]
    [InlineData("ns=1", "EVAL return(1) 0", Denied)]
    [InlineData("ns=1", "DEBUG OBJECT k", Denied)]
    [InlineData("ns=1", "SELECT 2", Denied)]
    [InlineData("ns=1", "SELECT 99", "ERR DB index is out of range")]
    [InlineData("ns=1", "KV.USE 1", "OK")]
    [InlineData("ns=1", "KV.USE default", Denied)]
    [InlineData("ns=1", "KV.USE 0", Denied)]
    [InlineData("ns=1", "KV.DROP acl-other", Denied)]
    [InlineData("ns=1", "SWAPDB 1 2", Denied)]
    [InlineData("ns=1", "SELECT 1|MOVE k 2", "OK|" + Denied)]
    [InlineData("ns=1", "SELECT 1|COPY k k2 DB 2", "OK|" + Denied)]
    [InlineData("ns=1", "SELECT 1|COPY none k2 REPLACE DB 1", "OK|0")]
    [InlineData("ns=1", "PING|ACL WHOAMI|PUBLISH c x", "PONG|{user}|0")]
    [InlineData("ns=0", "GET none|SELECT 0|KV.USE default", "|OK|OK")]
    [InlineData("ns=acl-a:*", "KV.USE acl-a:1|GET none|KV.USE acl-b", "OK||" + Denied)]
    [InlineData("ns=1 ns=2", "SELECT 1|SELECT 2|SELECT 3", "OK|OK|" + Denied)]
    [InlineData("ns=1 allnamespaces", "SELECT 3|GET none", "OK|")]
    [InlineData("resetnamespaces", "SELECT 1|GET k", Denied + "|" + Denied)]
    [InlineData("-@all +select +get (+dbsize ns=2)", "SELECT 2|GET none|DBSIZE|SELECT 3|DBSIZE", "OK||0|OK|" + Denied)]
    public async Task A_user_stays_in_its_namespaces(string rules, string commands, string replies)
    {
        await using var admin = await server.ConnectAsync();
        await using var user = await AclTests.NewUserAsync(admin, "on nopass +@all ~* &* " + rules);
        await using var client = await user.LogInAsync(server);
        await AclTests.RunAsync(admin, "SELECT 1", "FLUSHDB", "SELECT 0");

        Assert.Equal(replies.Replace("{user}", user.Name, StringComparison.Ordinal).Split('|'), await AclTests.RunAsync(client, commands.Split('|')));
    }

    [Fact]
    public async Task Only_what_a_user_may_use_is_listed()
    {
        await using var admin = await server.ConnectAsync();
        await AclTests.RunAsync(admin, "KV.USE acl-listed:1", "SET k v", "KV.USE acl-hidden", "SET k v");
        await using var user = await AclTests.NewUserAsync(admin, "on nopass +@all ns=acl-listed:*");
        await using var client = await user.LogInAsync(server);

        Assert.Equal(["acl-listed:1"], (await client.ExecuteAsync("KV.NAMESPACES")).Items.Select(item => item.Text));
    }

    [Fact]
    public async Task A_transaction_is_held_to_the_namespace_that_each_command_runs_in()
    {
        await using var admin = await server.ConnectAsync();
        await using var user = await AclTests.NewUserAsync(admin, "on nopass +@all ~* ns=0 ns=1");
        await using var client = await user.LogInAsync(server);
        await AclTests.RunAsync(client, "MULTI", "SELECT 1", "SET acl-tx v", "SELECT 0", "GET acl-tx");
        await AclTests.RunAsync(admin, $"ACL SETUSER {user.Name} resetnamespaces ns=0");

        var replies = (await client.ExecuteAsync("EXEC")).Items.Select(item => item.Text).ToList();

        Assert.StartsWith("NOPERM ACLs rules changed between the moment the transaction was accumulated", replies[0], StringComparison.Ordinal);
        Assert.EndsWith("no permission to access one of the namespaces", replies[0], StringComparison.Ordinal);
        // The command before it did not take it there.
        Assert.Equal("OK", replies[1]);
    }

    [Fact]
    public async Task A_script_is_held_to_the_namespaces_of_its_user()
    {
        await using var admin = await server.ConnectAsync();
        await using var user = await AclTests.NewUserAsync(admin, "on nopass +@all ~* ns=0");
        await using var client = await user.LogInAsync(server);

        var reply = await client.ExecuteAsync("EVAL", "redis.call('select', 1) return redis.call('get', 'k')", "0");

        Assert.StartsWith("ERR ACL failure in script: No permissions to access a namespace", reply.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ns=a ns=b ns=a", "resetnamespaces ns=a ns=b")]
    [InlineData("ns=a ns=*", "")]
    [InlineData("ns=0", "resetnamespaces ns=default")]
    [InlineData("resetnamespaces", "resetnamespaces")]
    [InlineData("ns=a reset", "")]
    public async Task The_rules_are_shown_where_they_are_not_those_of_Redis(string rules, string shown)
    {
        await using var admin = await server.ConnectAsync();
        await using var user = await AclTests.NewUserAsync(admin, rules);

        var line = (await admin.ExecuteAsync("ACL", "LIST")).Items.Select(item => item.Text).Single(text => text.StartsWith($"user {user.Name} ", StringComparison.Ordinal));

        Assert.Equal($"user {user.Name} off sanitize-payload resetchannels {(shown.Length == 0 ? "" : shown + " ")}-@all", line);
    }

    [Fact]
    public async Task Namespaces_are_fields_of_the_user_and_of_its_selectors()
    {
        await using var admin = await server.ConnectAsync(3);
        await using var user = await AclTests.NewUserAsync(admin, "ns=a (+get ns=b ns=c) (+set)");

        var fields = (await admin.ExecuteAsync("ACL", "GETUSER", user.Name)).Items;

        Assert.Equal(["flags", "passwords", "commands", "keys", "channels", "namespaces", "selectors"], fields.Where((_, i) => i % 2 == 0).Select(name => name.Text));
        Assert.Equal("ns=a", fields[11].Text);
        Assert.Equal("ns=b ns=c", fields[13].Items[0].Items[7].Text);
        Assert.Equal(6, fields[13].Items[1].Items.Count);
    }

    [Theory]
    [InlineData("~user:*", "KV.LIST PREFIX user:", true)]
    [InlineData("~user:*", "KV.LIST PREFIX user:1 LIMIT 3", true)]
    [InlineData("~user:*", "KV.LIST PREFIX use", false)]
    [InlineData("~user:*", "KV.LIST", false)]
    [InlineData("~user:*", "KV.LIST PREFIX user: PREFIX x", false)]
    [InlineData("~user:?*", "KV.LIST PREFIX user:", false)]
    [InlineData("%W~user:*", "KV.LIST PREFIX user:", false)]
    [InlineData("%R~*", "KV.LIST", true)]
    [InlineData("%R~user:*", "KV.DELPREFIX user:", false)]
    [InlineData("%W~user:*", "KV.DELPREFIX user:1", true)]
    [InlineData("%W~user:*", "KV.DELPREFIX other", false)]
    public async Task Keys_are_listed_and_deleted_by_a_prefix_that_a_pattern_covers(string pattern, string command, bool isAllowed)
    {
        await using var admin = await server.ConnectAsync();
        await using var user = await AclTests.NewUserAsync(admin, "on nopass +@all " + pattern);
        await using var client = await user.LogInAsync(server);

        var reply = await client.ExecuteAsync([.. command.Split(' ').Select(word => (RespArgument)word)]);

        Assert.Equal(!isAllowed, reply.Text == "NOPERM No permissions to access a key");
    }
}
