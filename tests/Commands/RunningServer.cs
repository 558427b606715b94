using System.Diagnostics;
using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Commands;

/// <summary>One server for all tests of a class; each test uses keys and channels of its own.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    private RespServerProcess? process;

    /// <summary>Its port, at 127.0.0.1.</summary>
    public int Port => process!.Port;

    public async Task InitializeAsync() => process = await RespServerProcess.StartAsync();

    public async Task DisposeAsync() => await process!.DisposeAsync();

    public async Task<RespClient> ConnectAsync(int protocol = 2)
    {
        var client = await process!.ConnectAsync();
        if (protocol == 3)
            await client.ExecuteAsync("HELLO", "3");
        return client;
    }

    /// <summary>Waits until something is so; what other connections cause takes a moment to show.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var since = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.True(since.Elapsed < TimeSpan.FromSeconds(10), "It did not come about in time.");
            await Task.Delay(10);
        }
    }

    /// <summary>Sends commands and gives the replies as one line of text each.</summary>
    public static async Task<string[]> RunAsync(RespClient client, params string[] commands)
    {
        var replies = new string[commands.Length];
        for (var i = 0; i < commands.Length; i++)
            replies[i] = (await client.ExecuteAsync([.. commands[i].Split(' ').Select(word => (RespArgument)word)])).ToString();
        return replies;
    }
}
