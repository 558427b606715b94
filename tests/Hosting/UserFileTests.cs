using RespKv.Protocol;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Hosting;

/// <summary>Users that a server starts with, and where they are kept.</summary>
public sealed class UserFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string AclFile => folder["users.acl"];

    [Fact]
    public async Task Users_are_read_from_the_configuration_file()
    {
        var file = Write("respkv.conf", "user alice on >sesame ~a* +get\nrequirepass other\nUSER default on nopass ~* +@all\nuser bob on (+get ~rw*) ns=b");
        await using var server = await RespServerProcess.StartAsync(file);
        await using var client = await server.ConnectAsync();

        Assert.Equal(
            [
                "user alice on sanitize-payload #d0c04f4b1951e4aeaaec8223ed2039e542f3aae805a6fa7f6d794e5afff5d272 ~a* resetchannels -@all +get",
                "user bob on sanitize-payload resetchannels resetnamespaces ns=b -@all (~rw* resetchannels -@all +get)",
                "user default on nopass sanitize-payload ~* resetchannels +@all",
            ],
            await UsersAsync(client));
    }

    [Theory]
    [InlineData("user a on\nuser a off", "line 2: Error in user declaration 'a': Duplicate user found. A user can only be defined once in config files")]
    [InlineData("user a +nosuch", "line 1: Error in ACL SETUSER modifier '+nosuch': Unknown command or category name in ACL")]
    [InlineData("user a (+get", "line 1: Unmatched parenthesis in acl selector starting at '(+get'.")]
    [InlineData("user \"a b\" on", "line 1: Spaces not allowed in ACL usernames")]
    [InlineData("user a on\naclfile /none", "line 1: users are in a file of their own (aclfile) or in the configuration file, not in both")]
    [InlineData("aclfile /none/users.acl", "Error loading ACLs, opening file '/none/users.acl': No such file or directory")]
    public async Task A_start_with_wrong_users_says_why_it_fails(string lines, string fault)
    {
        var file = Write("respkv.conf", lines);
        var (code, _, error) = await RespServerProcess.RunAsync(file, "--port", "0", "--http-port", "0");
        Assert.Equal(1, code);
        Assert.Contains(fault, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_are_read_from_the_command_line()
    {
        await using var server = await RespServerProcess.StartAsync("--user", "alice", "on", ">sesame", "~a*", "-@all", "+get", "--databases", "4", "--user", "bob on nopass resetchannels");
        await using var client = await server.ConnectAsync();

        Assert.Equal(
            [
                "user alice on sanitize-payload #d0c04f4b1951e4aeaaec8223ed2039e542f3aae805a6fa7f6d794e5afff5d272 ~a* resetchannels -@all +get",
                "user bob on nopass sanitize-payload resetchannels -@all",
                "user default on nopass sanitize-payload ~* &* +@all",
            ],
            await UsersAsync(client));
    }

    [Theory]
    [InlineData(new[] { "--user", "foo", "--user", "foo" }, "--user: Error in user declaration 'foo': Duplicate user found.")]
    [InlineData(new[] { "--user", "foo", "+nosuch" }, "--user: Error in ACL SETUSER modifier '+nosuch'")]
    [InlineData(new[] { "--user", "foo", "--nosuch", "1" }, "unknown option '--nosuch'")]
    public async Task A_command_line_with_wrong_users_says_why_it_fails(string[] arguments, string fault)
    {
        var (code, _, error) = await RespServerProcess.RunAsync([.. arguments, "--port", "0", "--http-port", "0"]);
        Assert.Equal(1, code);
        Assert.Contains(fault, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_are_saved_to_their_file_and_loaded_from_it()
    {
        Write("users.acl", "user alice on nopass ~* +@all\n");
        await using var server = await RespServerProcess.StartAsync("--aclfile", AclFile);
        await using var client = await server.ConnectAsync();
        await AclTests.RunAsync(client, "ACL SETUSER eve on >pw +get ~e* (+set ~s*) ns=x");
        var before = await UsersAsync(client);

        Assert.Equal(["OK"], await AclTests.RunAsync(client, "ACL SAVE"));
        Assert.Equal(before, await File.ReadAllLinesAsync(AclFile));
        await AclTests.RunAsync(client, "ACL SETUSER eve reset", "ACL SETUSER more", "ACL DELUSER alice");
        Assert.Equal(["OK"], await AclTests.RunAsync(client, "ACL LOAD"));

        Assert.Equal(before, await UsersAsync(client));
        await using var again = await RespServerProcess.StartAsync("--aclfile", AclFile);
        await using var other = await again.ConnectAsync();
        Assert.Equal(before, await UsersAsync(other));
    }

    [Fact]
    public async Task A_file_with_faults_changes_nothing_and_all_of_them_are_told()
    {
        Write("users.acl", "user alice on nopass ~* +@all\n");
        await using var server = await RespServerProcess.StartAsync("--aclfile", AclFile);
        await using var client = await server.ConnectAsync();
        var before = await UsersAsync(client);
        Write("users.acl", "user alice on +nosuch -@none what ~* ~a\n\nuser alice off\nuser a (+get\nnobody\nuser default off\n");

        var reply = (await client.ExecuteAsync("ACL", "LOAD")).Text;

        Assert.Equal(
            $"ERR {AclFile}:1: Error in applying operation '+nosuch': Unknown command or category name in ACL. {AclFile}:1: Error in applying operation '-@none': Unknown command or category name in ACL. "
            + $"{AclFile}:1: Syntax error. WARNING: Duplicate user 'alice' found on line 3. {AclFile}:4: Unmatched parenthesis in selector definition."
            + $"{AclFile}:5 should start with user keyword followed by the username. WARNING: ACL errors detected, no change to the previously active ACL rules was performed",
            reply);
        Assert.Equal(before, await UsersAsync(client));
    }

    [Fact]
    public async Task Loading_closes_whom_it_takes_something_from_and_nobody_else()
    {
        Write("users.acl", "user alice on nopass ~* &* +@all\n");
        await using var server = await RespServerProcess.StartAsync("--aclfile", AclFile);
        await using var admin = await server.ConnectAsync();
        await AclTests.RunAsync(admin, "ACL SETUSER gone on nopass +@all", "ACL SETUSER alice on");
        await using var kept = await LogInAsync(server, "alice");
        await using var gone = await LogInAsync(server, "gone");

        Assert.Equal(["OK"], await AclTests.RunAsync(admin, "ACL LOAD"));

        Assert.Empty(await gone.ReadToEndAsync());
        Assert.Equal(["alice"], await AclTests.RunAsync(kept, "ACL WHOAMI"));
    }

    [Fact]
    public async Task Who_loads_itself_away_is_told_so_and_then_closed()
    {
        Write("users.acl", "user alice on nopass ~* &* +@all\n");
        await using var server = await RespServerProcess.StartAsync("--aclfile", AclFile);
        await using var admin = await server.ConnectAsync();
        await AclTests.RunAsync(admin, "ACL SETUSER gone on nopass +@all");
        await using var gone = await LogInAsync(server, "gone");

        Assert.Equal(["OK"], await AclTests.RunAsync(gone, "ACL LOAD"));

        Assert.Empty(await gone.ReadToEndAsync());
    }

    [Fact]
    public async Task The_configuration_file_keeps_users_when_it_is_written_anew()
    {
        var file = Write("respkv.conf", "# users\nuser alice on nopass ~* +@all\nuser bob on\ntimeout 0\n");
        await using var server = await RespServerProcess.StartAsync(file);
        await using var client = await server.ConnectAsync();
        await AclTests.RunAsync(client, "ACL DELUSER bob", "ACL SETUSER carol on +get ~c*", "ACL SETUSER dave", "CONFIG SET timeout 5", "CONFIG REWRITE");

        Assert.Equal(
            [
                "# users", "user alice on nopass sanitize-payload ~* resetchannels +@all", "user carol on sanitize-payload ~c* resetchannels -@all +get", "timeout 5", "# Written by CONFIG REWRITE",
                "user dave off sanitize-payload resetchannels -@all",
            ],
            (await File.ReadAllLinesAsync(file)).Where(line => !line.StartsWith("port", StringComparison.Ordinal) && !line.StartsWith("bind", StringComparison.Ordinal) && !line.StartsWith("http", StringComparison.Ordinal) && !line.StartsWith("persistence", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task New_users_may_use_all_channels_where_that_is_the_default()
    {
        Write("users.acl", "user alice on nopass\n");
        await using var server = await RespServerProcess.StartAsync("--aclfile", AclFile, "--acl-pubsub-default", "allchannels");
        await using var client = await server.ConnectAsync();
        Assert.Equal("user alice on nopass sanitize-payload &* -@all", (await UsersAsync(client))[0]);
    }

    public void Dispose() => folder.Dispose();

    private static async Task<string[]> UsersAsync(RespClient client) => [.. (await client.ExecuteAsync("ACL", "LIST")).Items.Select(item => item.Text)];

    private static async Task<RespClient> LogInAsync(RespServerProcess server, string name)
    {
        var client = await server.ConnectAsync();
        Assert.Equal("OK", (await client.ExecuteAsync("AUTH", name, "x")).Text);
        return client;
    }

    private string Write(string name, string text) => folder.Write(name, text);
}
