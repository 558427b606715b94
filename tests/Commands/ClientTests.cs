using RespKv.Protocol;

namespace RespKv.Tests.Commands;

public sealed class ClientTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_line_has_the_fields_of_redis_in_their_order()
    {
        await using var a = await server.ConnectAsync();
        await RunningServer.RunAsync(a, "SELECT 2", "CLIENT SETNAME me", "CLIENT SETINFO LIB-NAME lib", "CLIENT SETINFO lib-ver 1.2", "WATCH w1 w2", "CLIENT NO-TOUCH ON", "CLIENT NO-EVICT on");
        var line = (await a.ExecuteAsync("CLIENT", "INFO")).Text;
        Assert.Equal(
            "id addr laddr fd name age idle flags db sub psub ssub multi watch qbuf qbuf-free argv-mem multi-mem rbs rbp obl oll omem tot-mem events cmd user redir resp lib-name lib-ver",
            string.Join(' ', line.TrimEnd('\n').Split(' ').Select(field => field.Split('=')[0])));
        foreach (var field in new[] { $"addr={a.LocalEndPoint}", "name=me", "flags=eT", "db=2", "watch=2", "multi=-1", "cmd=client|info", "resp=2", "lib-name=lib", "lib-ver=1.2\n" })
            Assert.Contains(" " + field, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_can_be_cut_down_to_ids_and_types()
    {
        await using var a = await server.ConnectAsync();
        await using var listener = await server.ConnectAsync();
        var id = (await a.ExecuteAsync("CLIENT", "ID")).Integer;
        var listenerId = (await listener.ExecuteAsync("CLIENT", "ID")).Integer;
        await listener.ExecuteAsync("SUBSCRIBE", "c");
        Assert.Equal([id, listenerId], Ids(await a.ExecuteAsync("CLIENT", "LIST", "ID", id, listenerId, 999999)));
        Assert.Equal([listenerId], Ids(await a.ExecuteAsync("CLIENT", "LIST", "TYPE", "pubsub")));
        Assert.Empty(Ids(await a.ExecuteAsync("CLIENT", "LIST", "TYPE", "replica")));
        Assert.Contains(id, Ids(await a.ExecuteAsync("CLIENT", "LIST")));
    }

    [Theory]
    [InlineData("LIST FOO", "ERR syntax error")]
    [InlineData("LIST TYPE foo", "ERR Unknown client type 'foo'")]
    [InlineData("LIST ID x", "ERR Invalid client ID")]
    [InlineData("KILL 1.2.3.4:5", "ERR No such client")]
    [InlineData("KILL ID 0", "ERR client-id should be greater than 0")]
    [InlineData("KILL USER nobody", "ERR No such user 'nobody'")]
    [InlineData("KILL ID 1 SKIPME", "ERR syntax error")]
    [InlineData("SETNAME a\u0001", "ERR Client names cannot contain spaces, newlines or special characters.")]
    [InlineData("SETINFO lib-nam x", "ERR Unrecognized option 'lib-nam'")]
    [InlineData("SETINFO lib-name a\nb", "ERR lib-name cannot contain spaces, newlines or special characters.")]
    [InlineData("REPLY MAYBE", "ERR syntax error")]
    [InlineData("PAUSE x", "ERR timeout is not an integer or out of range")]
    [InlineData("PAUSE -1", "ERR timeout is negative")]
    [InlineData("PAUSE 1 SOME", "ERR CLIENT PAUSE mode must be WRITE or ALL")]
    [InlineData("UNBLOCK 1 FOO", "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")]
    [InlineData("NOSUCH", "ERR unknown subcommand 'NOSUCH'. Try CLIENT HELP.")]
    public async Task Errors_are_those_of_redis(string arguments, string error)
    {
        await using var a = await server.ConnectAsync();
        Assert.Equal("(error) " + error, (await RunningServer.RunAsync(a, "CLIENT " + arguments))[0]);
    }

    [Fact]
    public async Task Kill_closes_others_at_once_and_oneself_after_the_reply()
    {
        await using var a = await server.ConnectAsync();
        await using var b = await server.ConnectAsync();
        var id = (await b.ExecuteAsync("CLIENT", "ID")).Integer;
        Assert.Equal(1, (await a.ExecuteAsync("CLIENT", "KILL", "ID", id)).Integer);
        Assert.Empty(await b.ReadToEndAsync());
        Assert.Empty(Ids(await a.ExecuteAsync("CLIENT", "LIST", "ID", id)));
        var own = (await a.ExecuteAsync("CLIENT", "ID")).Integer;
        Assert.Equal(0, (await a.ExecuteAsync("CLIENT", "KILL", "ID", own)).Integer);
        Assert.Equal(1, (await a.ExecuteAsync("CLIENT", "KILL", "ID", own, "SKIPME", "no")).Integer);
        Assert.Empty(await a.ReadToEndAsync());
    }

    [Fact]
    public async Task Kill_by_address_answers_ok()
    {
        await using var a = await server.ConnectAsync();
        await using var b = await server.ConnectAsync();
        await b.ExecuteAsync("PING");
        Assert.Equal("OK", (await a.ExecuteAsync("CLIENT", "KILL", b.LocalEndPoint!.ToString()!)).Text);
        Assert.Empty(await b.ReadToEndAsync());
    }

    [Fact]
    public async Task Replies_can_be_silenced_and_skipped()
    {
        await using var a = await server.ConnectAsync();
        foreach (var command in new[] { "CLIENT REPLY OFF", "SET silent 1", "NOSUCH", "CLIENT REPLY ON", "CLIENT REPLY SKIP", "INCR silent", "GET silent" })
            await a.SendCommandAsync([.. command.Split(' ').Select(word => (RespArgument)word)]);
        Assert.Equal("OK", (await a.ReadReplyAsync()).Text);
        Assert.Equal("2", (await a.ReadReplyAsync()).Text);
        await a.SendCommandAsync("CLIENT", "REPLY", "OFF");
        Assert.Equal("RESET", (await a.ExecuteAsync("RESET")).Text);
        Assert.Equal("PONG", (await a.ExecuteAsync("PING")).Text);
    }

    [Fact]
    public async Task Reset_makes_the_connection_new()
    {
        await using var a = await server.ConnectAsync(protocol: 3);
        await RunningServer.RunAsync(a, "SELECT 3", "CLIENT SETNAME x", "SUBSCRIBE reset", "CLIENT NO-TOUCH on", "MULTI");
        Assert.Equal(["RESET", "(error) ERR EXEC without MULTI", "(null)"], await RunningServer.RunAsync(a, "RESET", "EXEC", "CLIENT GETNAME"));
        Assert.Contains(" flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 ", (await a.ExecuteAsync("CLIENT", "INFO")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_on_this_port_is_closed_without_a_word()
    {
        foreach (var line in new[] { "POST / HTTP/1.1\r\n", "Host: example.org\r\n" })
        {
            await using var a = await server.ConnectAsync();
            await a.SendAsync(System.Text.Encoding.ASCII.GetBytes(line));
            Assert.Empty(await a.ReadToEndAsync());
        }
    }

    private static long[] Ids(RespReply list) =>
        [.. list.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => long.Parse(line.Split(' ')[0][3..], null))];
}
