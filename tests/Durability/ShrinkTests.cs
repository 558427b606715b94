using System.Globalization;
using RespKv.Protocol;

namespace RespKv.Tests.Durability;

/// <summary>The disk after much has been deleted of more data than memory has room for.</summary>
public sealed class ShrinkTests
{
    private const int Keys = 30_000;
    private const int ValueBytes = 1500;

    [Theory]
    [InlineData("SAVE")]
    [InlineData("CONFIG SET auto-aof-rewrite-min-size 4mb")]
    public async Task A_checkpoint_holds_what_is_left_by_hand_and_by_itself(string command)
    {
        using var data = new KeptData();
        await using var server = await data.StartAsync("--maxmemory", "24mb", "--auto-aof-rewrite-min-size", "1gb");
        await using var client = await server.ConnectAsync();
        client.Timeout = TimeSpan.FromSeconds(60);
        var value = new string('v', ValueBytes);
        await SendAsync(client, Keys, i => ["SET", KeyOf(i), value]);
        Assert.Equal("OK", (await client.ExecuteAsync("SAVE")).Text);
        Assert.InRange(await FieldAsync(client, "aof_base_size"), Keys * (long)ValueBytes, long.MaxValue);

        await SendAsync(client, Keys, i => ["DEL", i % 3 == 0 ? "none" : KeyOf(i)]);
        Assert.Equal(["OK"], await Commands.RunningServer.RunAsync(client, command));

        var atMost = Keys * (ValueBytes + 100L) / 3;
        await Commands.RunningServer.UntilAsync(async () => await FieldAsync(client, "aof_base_size") <= atMost);
        await server.KillAsync();
        await using var again = await data.StartAsync();
        await using var reader = await again.ConnectAsync();
        Assert.Equal(Keys / 3, (await reader.ExecuteAsync("DBSIZE")).Integer);
        Assert.Equal([value, ""], [(await reader.ExecuteAsync("GET", KeyOf(3))).Text, (await reader.ExecuteAsync("GET", KeyOf(4))).Text]);
    }

    private static async Task SendAsync(RespClient client, int count, Func<int, RespArgument[]> command)
    {
        const int pipeline = 1000;
        for (var done = 0; done < count; done += pipeline)
        {
            for (var i = 0; i < pipeline; i++)
                await client.SendCommandAsync(command(done + i));
            for (var i = 0; i < pipeline; i++)
                Assert.False((await client.ReadReplyAsync()).IsError);
        }
    }

    private static string KeyOf(int i) => "key" + i.ToString(CultureInfo.InvariantCulture);

    private static async Task<long> FieldAsync(RespClient client, string field)
    {
        var line = (await client.ExecuteAsync("INFO", "persistence")).Text.Split("\r\n").Single(line => line.StartsWith(field + ":", StringComparison.Ordinal));
        return long.Parse(line[(field.Length + 1)..], CultureInfo.InvariantCulture);
    }
}
