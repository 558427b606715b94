using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Hosting;

/// <summary>Where options come from, and which of them goes before which.</summary>
public sealed class OptionTests
{
    [Fact]
    public async Task The_command_line_goes_before_the_environment_and_that_before_the_file()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("respkv.conf", "timeout 1\ntcp-keepalive 1\nmaxclients 1\n");
        var variables = new Dictionary<string, string?> { ["RESPKV_TCP_KEEPALIVE"] = "2", ["RESPKV_MAXCLIENTS"] = "2" };
        await using var server = await RespServerProcess.StartAsync(variables, file, "--maxclients", "3");

        Assert.Equal(["maxclients", "3", "tcp-keepalive", "2", "timeout", "1"], await GetAsync(server, "timeout", "tcp-keepalive", "maxclients"));
    }

    [Fact]
    public async Task Values_are_read_as_Redis_reads_them()
    {
        using var folder = new TemporaryFolder();
        folder.Write("more.conf", "SLOWLOG-MAX-LEN 7\n");
        var file = folder.Write(
            "respkv.conf",
            """
            # A comment, then nothing.

               maxmemory 100mb
            requirepass "se\x73ame \"seed\""
            client-output-buffer-limit pubsub 1mb 512kb 10
            include more.conf
            include *.none
            timeout 5
            timeout 6
            """);
        await using var server = await RespServerProcess.StartAsync(file, "--proto-max-bulk-len", "2MB", "--slowlog-log-slower-than", "-1", "--hz", "1", "--hz", "20");
        await using var client = await server.ConnectAsync();
        Assert.Equal("OK", (await client.ExecuteAsync("AUTH", "sesame \"seed\"")).Text);

        Assert.Equal(
            [
                "client-output-buffer-limit", "normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 524288 10", "hz", "20", "maxmemory", "104857600",
                "proto-max-bulk-len", "2097152", "slowlog-log-slower-than", "-1", "slowlog-max-len", "7", "timeout", "6",
            ],
            Texts(await client.ExecuteAsync(
                "CONFIG", "GET", "client-output-buffer-limit", "hz", "maxmemory", "proto-max-bulk-len", "slowlog-log-slower-than", "slowlog-max-len", "timeout")));
    }

    [Fact]
    public async Task What_has_no_effect_is_named_in_a_warning()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("respkv.conf", "activerehashing yes\nsentinel monitor m 127.0.0.1 1 1\ntimeout 3\nmisspelt 1\n");
        await using var server = await RespServerProcess.StartAsync(new Dictionary<string, string?> { ["RESPKV_HZ"] = "20" }, file, "--maxmemory-samples", "6");

        Assert.Contains("have no effect in RespKv: activerehashing, hz, maxmemory-samples, sentinel\n", server.Output, StringComparison.Ordinal);
        Assert.Contains($"are not known and have no effect: 'misspelt' ({file}, line 4)\n", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_of_files_are_text_in_UTF8()
    {
        using var folder = new TemporaryFolder();
        var dir = Directory.CreateDirectory(folder["données"]).FullName;
        await using var server = await RespServerProcess.StartAsync("--dir", dir, "--unixsocket", folder["prisé"]);

        Assert.True(File.Exists(Path.Combine(dir, "lock")));
        Assert.True(File.Exists(folder["prisé"]));
        Assert.Equal(["dir", dir, "unixsocket", folder["prisé"]], await GetAsync(server, "dir", "unixsocket"));
    }

    [Fact]
    public async Task A_service_of_Kubernetes_with_the_name_respkv_is_no_port()
    {
        await using var server = await RespServerProcess.StartAsync(new Dictionary<string, string?> { ["RESPKV_PORT"] = "tcp://10.0.0.1:6379" });
        Assert.Equal(["port", $"{server.Port}"], await GetAsync(server, "port"));
    }

    // The runtime takes this variable for what a container has: with 512 MB for it, 384 MB are for data.
    [Fact]
    public async Task The_memory_for_data_is_three_quarters_of_what_the_runtime_may_use()
    {
        await using var server = await RespServerProcess.StartAsync(new Dictionary<string, string?> { ["DOTNET_GCHeapHardLimit"] = "0x20000000" });
        Assert.Equal(["maxmemory", "402653184"], await GetAsync(server, "maxmemory"));
    }

    private static async Task<string[]> GetAsync(RespServerProcess server, params RespArgument[] names)
    {
        await using var client = await server.ConnectAsync();
        return Texts(await client.ExecuteAsync([(RespArgument)"CONFIG", "GET", .. names]));
    }

    private static string[] Texts(RespReply reply) => [.. reply.Items.Select(item => item.Text)];
}
