using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using RespKv.Protocol;
using RespKv.Tests.Hosting;

namespace RespKv.Tests.Net;

/// <summary>Clients that speak TLS, and those that ought to.</summary>
public sealed class TlsTests
{
    private const int LargeBytes = 25 * 1024 * 1024;

    // The server gives a handshake ten seconds.
    private static readonly TimeSpan HandshakeEnds = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Both_ports_serve_the_same_data_and_INFO_shows_them()
    {
        await using var server = await TlsServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await using var plain = await server.ConnectPlainAsync();

        Assert.Equal("+OK", await client.AskAsync("SET", "key", "over TLS"));
        Assert.Equal("over TLS", (await plain.ExecuteAsync("GET", "key")).Text);
        var info = await client.AskAsync("INFO", "server");
        Assert.Contains($"tcp_port:{server.Port}\r\n", info, StringComparison.Ordinal);
        Assert.Contains($"listener0:name=tcp,bind=127.0.0.1,port={server.Port}\r\nlistener2:name=tls,bind=127.0.0.1,port={server.TlsPort}\r\n", info, StringComparison.Ordinal);
        Assert.Contains($"addr={client.Socket.LocalEndPoint} laddr=127.0.0.1:{server.TlsPort} ", await client.AskAsync("CLIENT", "INFO"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_plain_port_there_is_TLS_alone()
    {
        await using var server = await TlsServer.StartAsync();
        await using var client = await server.ConnectAsync();

        Assert.Equal("+OK", await client.AskAsync("CONFIG", "SET", "port", "0"));

        await Assert.ThrowsAsync<SocketException>(() => server.ConnectPlainAsync());
        Assert.Contains($"tcp_port:{server.TlsPort}\r\n", await client.AskAsync("INFO", "server"), StringComparison.Ordinal);
        await using var next = await server.ConnectAsync();
        Assert.Equal("+PONG", await next.AskAsync("PING"));
    }

    [Theory]
    [InlineData("yes", "client", true)]
    [InlineData("yes", "none", false)]
    [InlineData("yes", "stranger", false)]
    [InlineData("yes", "expired", false)]
    [InlineData("optional", "client", true)]
    [InlineData("optional", "none", true)]
    [InlineData("optional", "stranger", false)]
    [InlineData("optional", "expired", false)]
    [InlineData("no", "none", true)]
    [InlineData("no", "stranger", true)]
    public async Task Clients_are_let_in_by_their_certificates(string authClients, string shown, bool isGood)
    {
        await using var server = await TlsServer.StartAsync(authClients);
        var certificates = server.Certificates;
        var own = shown switch { "client" => certificates.Client, "stranger" => certificates.StrangeClient, "expired" => certificates.ExpiredClient, _ => null };

        if (isGood)
        {
            await using var client = await server.ConnectAsync(own);
            Assert.Equal("+PONG", await client.AskAsync("PING"));
        }
        else
        {
            // With TLS 1.3 a client hears of it only when it reads.
            var refused = await Record.ExceptionAsync(async () =>
            {
                await using var client = await server.ConnectAsync(own);
                await client.AskAsync("PING");
            });
            Assert.True(refused is IOException or AuthenticationException, $"{refused}");
            await HostileServer.UntilAsync(() => Task.FromResult(server.Log.Contains("Error accepting a client connection: ", StringComparison.Ordinal)));
        }

        await server.AssertSoundAsync(certificates.Client);
    }

    [Theory]
    [InlineData("TLSv1.2", SslProtocols.Tls12, SslProtocols.Tls13)]
    [InlineData("tlsv1.3", SslProtocols.Tls13, SslProtocols.Tls12)]
    public async Task Only_the_protocols_that_are_named_are_spoken(string name, SslProtocols spoken, SslProtocols refused)
    {
        await using var server = await TlsServer.StartAsync("no", "--tls-protocols", name);

        await using var client = await TlsClient.ConnectAsync(server.TlsPort, server.Certificates, protocols: spoken);
        Assert.Equal(spoken, client.Stream.SslProtocol);
        await Assert.ThrowsAnyAsync<Exception>(() => TlsClient.ConnectAsync(server.TlsPort, server.Certificates, protocols: refused));
        await server.AssertSoundAsync();
    }

    [Fact]
    public async Task Only_the_ciphers_that_are_named_are_used()
    {
        await using var server = await TlsServer.StartAsync("no", "--tls-ciphers", "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384", "--tls-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256");

        await using var of12 = await TlsClient.ConnectAsync(server.TlsPort, server.Certificates, protocols: SslProtocols.Tls12);
        await using var of13 = await TlsClient.ConnectAsync(server.TlsPort, server.Certificates, protocols: SslProtocols.Tls13);
        Assert.Equal(TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, of12.Stream.NegotiatedCipherSuite);
        Assert.Equal(TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, of13.Stream.NegotiatedCipherSuite);
        Assert.Equal("+PONG", await of12.AskAsync("PING"));
        Assert.Equal("+PONG", await of13.AskAsync("PING"));
    }

    [Fact]
    public async Task What_is_no_handshake_is_closed_and_others_are_served_meanwhile()
    {
        await using var server = await TlsServer.StartAsync();
        const int seed = 20260611;
        var random = new Random(seed);
        await using var witness = await server.ConnectAsync();
        for (var i = 0; i < 100; i++)
        {
            using var socket = await server.ConnectRawAsync();
            var garbage = i == 0 ? "PING\r\n"u8.ToArray() : new byte[random.Next(1, 3000)];
            if (i > 0)
                random.NextBytes(garbage);
            // What looks like a handshake for longer is in the tests of those that stall.
            if (i > 0 && garbage[0] == 22)
                garbage[0] = 23;
            if (i % 3 == 0 && garbage.Length < 5)
                garbage = [.. garbage, 1, 2, 3, 4, 5];
            try
            {
                await socket.SendAsync(garbage);
                socket.Shutdown(SocketShutdown.Send);
                while (await socket.ReceiveAsync(new byte[1024]) > 0)
                {
                    // An alert may come before the end.
                }
            }
            catch (SocketException)
            {
                // Closed while more was on its way.
            }

            Assert.Equal("+PONG", await witness.AskAsync("PING"));
        }

        await using var observer = await server.ConnectPlainAsync();
        await HostileServer.UntilAsync(async () => (await observer.ExecuteAsync("INFO", "clients")).Text.Contains("connected_clients:2\r\n", StringComparison.Ordinal));
        await server.AssertSoundAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("16 03 01")]
    [InlineData("16 03 01 02 00 01 00 01 fc 03 03")]
    public async Task Who_stalls_in_the_handshake_counts_as_a_client_and_is_closed_in_time(string hex)
    {
        await using var server = await TlsServer.StartAsync("no", "--maxclients", "4");
        await using var plain = await server.ConnectPlainAsync();
        Assert.Equal("PONG", (await plain.ExecuteAsync("PING")).Text);
        var stalled = new List<Socket>();
        for (var i = 0; i < 3; i++)
        {
            stalled.Add(await server.ConnectRawAsync());
            await stalled[^1].SendAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        }

        await HostileServer.UntilAsync(async () => (await plain.ExecuteAsync("INFO", "clients")).Text.Contains("connected_clients:4\r\n", StringComparison.Ordinal));
        using (var excess = await server.ConnectRawAsync())
            Assert.Equal(0, await excess.ReceiveAsync(new byte[100]));
        await using (var refused = await server.ConnectPlainAsync())
            Assert.Equal("-ERR max number of clients reached\r\n", Encoding.ASCII.GetString(await refused.ReadToEndAsync()));
        Assert.Equal("PONG", (await plain.ExecuteAsync("PING")).Text);

        using var limit = new CancellationTokenSource(HandshakeEnds);
        foreach (var socket in stalled)
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[100], limit.Token));
            socket.Dispose();
        }

        await HostileServer.UntilAsync(async () => (await plain.ExecuteAsync("INFO", "clients")).Text.Contains("connected_clients:1\r\n", StringComparison.Ordinal));
        Assert.Contains("it took too long", server.Log, StringComparison.Ordinal);
        await server.AssertSoundAsync();
    }

    [Fact]
    public async Task Who_stalls_in_the_handshake_can_be_killed_and_does_not_hold_up_a_stop()
    {
        await using var server = await TlsServer.StartAsync();
        await using var plain = await server.ConnectPlainAsync();
        using var first = await server.ConnectRawAsync();
        using var second = await server.ConnectRawAsync();
        await HostileServer.UntilAsync(async () => (await plain.ExecuteAsync("INFO", "clients")).Text.Contains("connected_clients:3\r\n", StringComparison.Ordinal));

        Assert.Equal("OK", (await plain.ExecuteAsync("CLIENT", "KILL", $"{first.LocalEndPoint}")).Text);
        Assert.Equal(0, await first.ReceiveAsync(new byte[100]));
        await server.StopAsync();
        Assert.Equal(0, await second.ReceiveAsync(new byte[100]));
        Assert.Contains("Stopped", server.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_has_said_that_nothing_more_comes_gets_all_replies_and_the_end(bool cutsSocket)
    {
        await using var server = await TlsServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.AskAsync("SET", "half", new string('x', 10_000));
        await client.SendAsync(string.Concat(Enumerable.Repeat("GET half\r\n", 500)));

        if (cutsSocket)
            client.Socket.Shutdown(SocketShutdown.Send);
        else
            await client.Stream.ShutdownAsync();

        var all = await client.ReadToEndAsync();
        Assert.Equal(500 * (10_000 + "$10000\r\n\r\n".Length), all.Length);
        await server.AssertSoundAsync();
    }

    [Fact]
    public async Task A_pipeline_that_is_written_before_any_reply_is_read_is_answered()
    {
        await using var server = await TlsServer.StartAsync();
        await using var client = await server.ConnectAsync();
        const int count = 200_000;

        await client.SendAsync(string.Concat(Enumerable.Range(0, count).Select(i => $"SET pipeline:{i % 1000} {i}\r\nGET pipeline:{i % 1000}\r\n")));

        await client.ExpectAsync(string.Concat(Enumerable.Range(0, count).Select(i => $"+OK\r\n${$"{i}".Length}\r\n{i}\r\n")));
    }

    [Fact]
    public async Task Large_values_come_and_go_whole_and_what_follows_them_comes_after_them()
    {
        await using var server = await TlsServer.StartAsync();
        await using var client = await server.ConnectAsync();
        var value = RandomNumberGenerator.GetBytes(LargeBytes);

        await client.SendAsync(RespArgument.Request("SET", "large", value));
        await client.ExpectAsync("+OK\r\n");
        await client.SendAsync("PING\r\nGET large\r\nSTRLEN large\r\nGET large\r\nPING\r\n");

        await client.ExpectAsync("+PONG\r\n");
        await ExpectValueAsync(client, value);
        await client.ExpectAsync($":{LargeBytes}\r\n");
        await ExpectValueAsync(client, value);
        await client.ExpectAsync("+PONG\r\n");
        await using var plain = await server.ConnectPlainAsync();
        Assert.True((await plain.ExecuteAsync("GET", "large")).Bytes.Span.SequenceEqual(value));
    }

    [Fact]
    public async Task Many_clients_with_values_of_all_sizes_get_what_is_theirs()
    {
        await using var server = await TlsServer.StartAsync();
        const int seed = 7;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async number =>
        {
            await using var client = await server.ConnectAsync();
            var random = new Random(seed + number);
            for (var i = 0; i < 100; i++)
            {
                var value = new byte[random.Next(random.Next(400_000))];
                random.NextBytes(value);
                await client.SendAsync(RespArgument.Request("SET", $"mine:{number}", value));
                await client.SendAsync($"GET mine:{number}\r\n");
                await client.ExpectAsync("+OK\r\n");
                await ExpectValueAsync(client, value);
            }
        }));
        await server.AssertSoundAsync();
    }

    [Fact]
    public async Task A_client_that_goes_away_in_the_middle_of_a_large_reply_leaves_nothing_behind()
    {
        await using var server = await TlsServer.StartAsync();
        await using var observer = await server.ConnectPlainAsync();
        await observer.ExecuteAsync("SET", "large", new byte[LargeBytes]);
        for (var i = 0; i < 10; i++)
        {
            var client = await server.ConnectAsync();
            await client.SendAsync("GET large\r\nGET large\r\n");
            await client.ReadAsync(100_000);
            HostileServer.Reset(client.Socket);
            await client.DisposeAsync();
        }

        await HostileServer.UntilAsync(async () => (await observer.ExecuteAsync("INFO", "clients")).Text.Contains("connected_clients:1\r\n", StringComparison.Ordinal));
        await server.AssertSoundAsync();
    }

    [Fact]
    public async Task Messages_reach_a_subscriber()
    {
        await using var server = await TlsServer.StartAsync();
        await using var client = await server.ConnectAsync();
        await client.SendAsync("SUBSCRIBE news\r\n");
        await client.ExpectAsync("*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n");
        await using var publisher = await server.ConnectPlainAsync();

        Assert.Equal(1, (await publisher.ExecuteAsync("PUBLISH", "news", "hello")).Integer);

        await client.ExpectAsync("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
    }

    [Fact]
    public async Task An_idle_client_is_closed_after_the_timeout()
    {
        await using var server = await TlsServer.StartAsync("no", "--timeout", "1");
        await using var client = await server.ConnectAsync();
        Assert.Equal("+PONG", await client.AskAsync("PING"));
        Assert.Equal(0, await client.Stream.ReadAsync(new byte[100]));
    }

    [OtherHostFact]
    public async Task In_protected_mode_a_client_of_another_host_is_told_under_TLS()
    {
        await using var server = await TlsServer.StartAsync("no", "--bind", "127.0.0.1", $"{OtherHostFactAttribute.Address}");
        await using var local = await server.ConnectAsync();
        Assert.Equal("+OK", await local.AskAsync("CONFIG", "SET", "bind", $"127.0.0.1 {OtherHostFactAttribute.Address}"));

        await using var client = await TlsClient.ConnectAsync(server.TlsPort, server.Certificates, address: OtherHostFactAttribute.Address);
        Assert.StartsWith("-DENIED Redis is running in protected mode ", Encoding.ASCII.GetString(await client.ReadToEndAsync()), StringComparison.Ordinal);

        Assert.Contains("rejected_connections:1\r\n", await local.AskAsync("INFO", "stats"), StringComparison.Ordinal);
        Assert.Equal("+OK", await local.AskAsync("CONFIG", "SET", "protected-mode", "no"));
        await using var next = await TlsClient.ConnectAsync(server.TlsPort, server.Certificates, address: OtherHostFactAttribute.Address);
        Assert.Equal("+PONG", await next.AskAsync("PING"));
    }

    private static async Task ExpectValueAsync(TlsClient client, byte[] value)
    {
        await client.ExpectAsync($"${value.Length}\r\n");
        Assert.True((await client.ReadAsync(value.Length)).AsSpan().SequenceEqual(value));
        await client.ExpectAsync("\r\n");
    }
}
