using RespKv.Tests.Support;

namespace RespKv.Tests.Hosting;

public sealed class RenamedCommandTests
{
    [Fact]
    public async Task A_command_is_called_by_the_name_that_the_configuration_file_gives_it_or_not_at_all()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("respkv.conf", "rename-command FLUSHALL \"\"\nrename-command config a-name-that-is-known-to-few\nuser app on nopass ~* +config\n");
        await using var server = await RespServerProcess.StartAsync(file);
        await using var client = await server.ConnectAsync();

        Assert.StartsWith("ERR unknown command 'FLUSHALL'", (await client.ExecuteAsync("FLUSHALL")).Text, StringComparison.Ordinal);
        Assert.StartsWith("ERR unknown command 'CONFIG'", (await client.ExecuteAsync("CONFIG", "GET", "port")).Text, StringComparison.Ordinal);
        Assert.Equal("port", (await client.ExecuteAsync("A-Name-That-Is-Known-To-Few", "GET", "port")).Items[0].Text);
        Assert.Contains("Unknown Redis command called from script", (await client.ExecuteAsync("EVAL", "return redis.pcall('FLUSHALL').err", "0")).Text, StringComparison.Ordinal);
        Assert.Equal("(null)", (await client.ExecuteAsync("COMMAND", "INFO", "FLUSHALL")).Items[0].ToString());

        // Rules go by the command's own name.
        Assert.Equal("OK", (await client.ExecuteAsync("AUTH", "app", "any")).Text);
        Assert.Equal("port", (await client.ExecuteAsync("a-name-that-is-known-to-few", "GET", "port")).Items[0].Text);
        Assert.StartsWith("NOPERM", (await client.ExecuteAsync("GET", "key")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rename-command NOSUCH other", "No such command in rename-command")]
    [InlineData("rename-command GET set", "Target command name already exists")]
    [InlineData("rename-command GET", "wrong number of arguments for 'rename-command'")]
    public async Task A_name_that_cannot_be_given_ends_the_start(string line, string fault)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("respkv.conf", "timeout 0\n" + line + "\n");
        var ended = await RespServerProcess.RunAsync(file);

        Assert.NotEqual(0, ended.ExitCode);
        Assert.Contains($"{file}, line 2: {fault}", ended.Error, StringComparison.Ordinal);
    }
}
