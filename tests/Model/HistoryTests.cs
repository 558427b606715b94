namespace RespKv.Tests.Model;

/// <summary>
/// Random histories from several connections against the plain model, one command at a time, so that the model is exact. A failure shows the seed, and the
/// last commands.
/// </summary>
public sealed class HistoryTests
{
    private const int Steps = 4000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(1605224722)]
    public Task Every_reply_of_a_history_is_the_model_s(int seed) => PlayAsync(seed);

    /// <summary>For searching: RESPKV_MODEL_SEED chooses the history; without it, one more of the fixed ones.</summary>
    [Fact]
    public Task Every_reply_of_a_chosen_history_is_the_model_s() =>
        PlayAsync(int.TryParse(Environment.GetEnvironmentVariable("RESPKV_MODEL_SEED"), out var seed) ? seed : 5);

    private static async Task PlayAsync(int seed)
    {
        await using var server = await InProcessServer.StartAsync();
        await using var history = await History.StartAsync(server, seed);

        for (var i = 0; i < Steps; i++)
            await history.StepAsync();

        await history.EmptyAllAsync();
        Assert.Equal((0, 0, 0), (server.Store.KeyCount, server.Store.LiveBytes, server.Store.LargeValues.Bytes));
    }
}
