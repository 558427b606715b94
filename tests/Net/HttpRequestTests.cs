using System.Text;
using RespKv.Tests.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Net;

/// <summary>A browser can be made to post to any port, so what speaks HTTP is cut off before anything that it carries could run.</summary>
public sealed class HttpRequestTests
{
    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSET stolen 1\r\n", "")]
    [InlineData("post / HTTP/1.1\r\nSET stolen 1\r\n", "")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nSET stolen 1\r\n", "-ERR wrong number of arguments for 'get' command\r\n")]
    [InlineData("HOST: localhost\r\nSET stolen 1\r\n", "")]
    public async Task Its_connection_is_closed_and_nothing_behind_it_runs(string request, string reply)
    {
        await using var server = await RespServerProcess.StartAsync();
        await using var http = await server.ConnectAsync();
        await http.SendAsync(Encoding.ASCII.GetBytes(request));

        Assert.Equal(reply, Encoding.ASCII.GetString(await http.ReadToEndAsync()));

        await using var client = await server.ConnectAsync();
        Assert.Equal(0, (await client.ExecuteAsync("EXISTS", "stolen")).Integer);
        await RunningServer.UntilAsync(() => Task.FromResult(server.Output.Contains("Possible SECURITY ATTACK detected.", StringComparison.Ordinal)));
    }
}
