using System.Globalization;
using RespKv.Protocol;

namespace RespKv.Crash;

/// <summary>Keys that are written once, so that checkpoints and recoveries take long enough to be hit.</summary>
internal static class Ballast
{
    private const int Database = 15;
    private const int Batch = 500;
    private const int Samples = 100;

    public static async Task LoadAsync(ServerRun server, int keys)
    {
        await using var client = await server.ConnectAsync().ConfigureAwait(false);
        await ServerState.ExpectAsync(client, "OK", "SELECT", Database).ConfigureAwait(false);
        for (var from = 0; from < keys; from += Batch)
        {
            var count = Math.Min(Batch, keys - from);
            await client.SendAsync(Enumerable.Range(from, count).SelectMany(i => RespArgument.Request("SET", Key(i), ValueOf(i))).ToArray()).ConfigureAwait(false);
            for (var i = 0; i < count; i++)
                await client.ReadReplyAsync().ConfigureAwait(false);
        }
    }

    /// <summary>What is wrong with it; null when nothing is.</summary>
    public static async Task<string?> CheckAsync(RespClient client, int keys, Random random)
    {
        await ServerState.ExpectAsync(client, "OK", "SELECT", Database).ConfigureAwait(false);
        var size = (await client.ExecuteAsync("DBSIZE").ConfigureAwait(false)).Integer;
        if (size != keys)
            return $"the ballast has {size} keys instead of {keys}";
        for (var sample = 0; keys > 0 && sample < Samples; sample++)
        {
            var i = random.Next(keys);
            var value = await client.ExecuteAsync("GET", Key(i)).ConfigureAwait(false);
            if (value.IsNull || value.Text != ValueOf(i))
                return $"{Key(i)} is {value} instead of {ValueOf(i)}";
        }

        return null;
    }

    private static string Key(int i) => "ballast:" + i.ToString(CultureInfo.InvariantCulture);

    private static string ValueOf(int i) => new string((char)('a' + (i % 26)), 60) + i.ToString(CultureInfo.InvariantCulture);
}
