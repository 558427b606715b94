using RespKv.Protocol;

namespace RespKv.Tests.Commands;

/// <summary>What the exchanges with Redis do not show: metadata, watching, limits.</summary>
public sealed class BitTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task The_target_of_bitop_loses_metadata_and_expiry_and_is_raw()
    {
        await using var client = await server.ConnectAsync();
        await RunningServer.RunAsync(client, "KV.PUT target old EX 100 META {}", "SET source 12");
        var replies = await RunningServer.RunAsync(client, "BITOP OR target source", "GET target", "TTL target", "OBJECT ENCODING target", "KV.GETMETA target");
        Assert.Equal(["2", "\"12\"", "-1", "\"raw\""], replies[..4]);
        Assert.DoesNotContain("{}", replies[4], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_bits_keep_metadata()
    {
        await using var client = await server.ConnectAsync();
        await RunningServer.RunAsync(client, "KV.PUT kept abc META {}", "SETBIT kept 6 0", "BITFIELD kept SET u8 #1 65");
        var replies = await RunningServer.RunAsync(client, "GET kept", "KV.GETMETA kept");
        Assert.Equal("\"aAc\"", replies[0]);
        Assert.Contains("{}", replies[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SETBIT {0} 1 1", "[PONG]")]
    [InlineData("SETBIT {0} 1 0", "(null)")]
    [InlineData("SETBIT {0} 800 0", "(null)")]
    [InlineData("BITFIELD {0} SET u8 0 97", "[PONG]")]
    [InlineData("BITFIELD {0} OVERFLOW FAIL SET u8 0 256", "[PONG]")]
    [InlineData("BITFIELD {0} SET u8 0 98 SET u8 0 97", "(null)")]
    [InlineData("BITFIELD {0} SET u8 #100 0", "(null)")]
    [InlineData("BITFIELD {0} GET u8 #100", "[PONG]")]
    public async Task Only_a_change_fails_a_transaction_that_watches(string command, string exec)
    {
        await using var client = await server.ConnectAsync();
        await RunningServer.RunAsync(client, "SET watched abc", "WATCH watched", string.Format(null, command, "watched"));
        Assert.Equal(exec, (await RunningServer.RunAsync(client, "MULTI", "PING", "EXEC"))[2]);
    }

    [Fact]
    public async Task Writers_of_different_bits_of_a_value_lose_nothing()
    {
        var writers = Enumerable.Range(0, 4).Select(async writer =>
        {
            await using var client = await server.ConnectAsync();
            for (var bit = writer; bit < 2000; bit += 4)
                await RunningServer.RunAsync(client, $"SETBIT shared {bit} 1", "BITFIELD sum INCRBY u32 0 1 INCRBY u16 #9 1");
        });
        await Task.WhenAll(writers);
        await using var client = await server.ConnectAsync();
        Assert.Equal(["2000", "[2000, 2000]"], await RunningServer.RunAsync(client, "BITCOUNT shared", "BITFIELD sum GET u32 0 GET u16 #9"));
    }

    [Fact]
    public async Task The_last_bit_of_the_longest_value_can_be_set_and_no_field_goes_beyond_it()
    {
        await using var client = await server.ConnectAsync();
        var replies = await RunningServer.RunAsync(client, "SETBIT huge 4294967295 1", "STRLEN huge", "BITPOS huge 1", "BITCOUNT huge", "BITFIELD huge SET u2 4294967295 1", "UNLINK huge");
        Assert.Equal(["0", "536870912", "4294967295", "1"], replies[..4]);
        Assert.Contains("string exceeds maximum allowed size", replies[4], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_operation_list_of_any_length_is_run()
    {
        await using var client = await server.ConnectAsync();
        List<RespArgument> call = ["BITFIELD", "long-list"];
        for (var i = 0; i < 5000; i++)
            call.AddRange(["INCRBY", "u16", "0", "1"]);
        var reply = await client.ExecuteAsync([.. call]);
        Assert.EndsWith(", 5000]", reply.ToString(), StringComparison.Ordinal);
    }
}
