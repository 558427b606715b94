using RespKv.Tests.Commands;
using StackExchange.Redis;

namespace RespKv.Tests.Clients;

/// <summary>Transactions, locks and messages: what clients do to each other.</summary>
public abstract partial class StackExchangeRedisTests
{
    [Fact]
    public async Task A_transaction_whose_conditions_hold_is_done()
    {
        await database.StringSetAsync("conditions", "as expected");
        var transaction = database.CreateTransaction();
        transaction.AddCondition(Condition.StringEqual("conditions", "as expected"));
        transaction.AddCondition(Condition.StringLengthGreaterThan("conditions", 3));
        transaction.AddCondition(Condition.KeyNotExists("conditions:none"));
        var set = transaction.StringSetAsync("conditions", "changed");
        var count = transaction.StringIncrementAsync("conditions:count");

        Assert.True(await transaction.ExecuteAsync());

        Assert.True(await set);
        Assert.Equal(1, await count);
        Assert.Equal("changed", await database.StringGetAsync("conditions"));
    }

    [Fact]
    public async Task A_transaction_with_a_condition_that_does_not_hold_leaves_everything()
    {
        await database.StringSetAsync("unmet", "as it is");
        var transaction = database.CreateTransaction();
        var holds = transaction.AddCondition(Condition.KeyExists("unmet"));
        var holdsNot = transaction.AddCondition(Condition.StringNotEqual("unmet", "as it is"));
        var set = transaction.StringSetAsync("unmet", "changed");

        Assert.False(await transaction.ExecuteAsync());

        Assert.True(holds.WasSatisfied);
        Assert.False(holdsNot.WasSatisfied);
        await Assert.ThrowsAsync<TaskCanceledException>(() => set);
        Assert.Equal("as it is", await database.StringGetAsync("unmet"));
    }

    [Fact]
    public async Task Counting_by_compare_and_set_from_four_clients_loses_nothing()
    {
        await database.StringSetAsync("compared", 0);
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ConnectAsync(server.Port)));

        await Task.WhenAll(clients.Select(client => CountAsync(client.GetDatabase(), 25)));

        Assert.Equal(100, await database.StringGetAsync("compared"));
        await Task.WhenAll(clients.Select(client => client.CloseAsync()));
    }

    private static async Task CountAsync(IDatabase database, int times)
    {
        for (var done = 0; done < times;)
        {
            var seen = (long)await database.StringGetAsync("compared");
            var transaction = database.CreateTransaction();
            transaction.AddCondition(Condition.StringEqual("compared", seen));
            _ = transaction.StringSetAsync("compared", seen + 1);
            if (await transaction.ExecuteAsync())
                done++;
        }
    }

    [Fact]
    public async Task A_transaction_gives_errors_to_the_command_they_belong_to()
    {
        await database.StringSetAsync("error:within", "text");
        var transaction = database.CreateTransaction();
        var (failed, set) = (transaction.StringIncrementAsync("error:within"), transaction.StringSetAsync("error:within", "set"));

        Assert.True(await transaction.ExecuteAsync());

        await Assert.ThrowsAsync<RedisServerException>(() => failed);
        Assert.True(await set);
    }

    [Fact]
    public async Task A_lock_is_taken_extended_and_released_by_its_owner_alone()
    {
        Assert.True(await database.LockTakeAsync("lock", "owner", Minute));
        Assert.False(await database.LockTakeAsync("lock", "other", Minute));
        Assert.Equal("owner", await database.LockQueryAsync("lock"));
        Assert.False(await database.LockExtendAsync("lock", "other", Minute * 2));
        Assert.True(await database.LockExtendAsync("lock", "owner", Minute * 2));
        Assert.InRange((await database.KeyTimeToLiveAsync("lock"))!.Value, Minute, Minute * 2);
        Assert.False(await database.LockReleaseAsync("lock", "other"));
        Assert.True(await database.LockReleaseAsync("lock", "owner"));
        Assert.True(await database.LockTakeAsync("lock", "other", Minute));
    }

    [Fact]
    public async Task Messages_come_to_channels_and_patterns_in_order()
    {
        var subscriber = redis.GetSubscriber();
        var byChannel = await subscriber.SubscribeAsync(RedisChannel.Literal("news"));
        var byPattern = await subscriber.SubscribeAsync(RedisChannel.Pattern("ne?s"));

        var receivers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => subscriber.PublishAsync(RedisChannel.Literal("news"), i)));

        Assert.All(receivers, count => Assert.Equal(2, count));
        Assert.Equal(Enumerable.Range(0, 100), await TakeAsync(byChannel, 100));
        Assert.Equal(Enumerable.Range(0, 100), await TakeAsync(byPattern, 100));
        Assert.Equal(1, await Server.SubscriptionSubscriberCountAsync(RedisChannel.Literal("news")));
        Assert.Contains(RedisChannel.Literal("news"), await Server.SubscriptionChannelsAsync());
    }

    [Fact]
    public async Task No_message_comes_after_unsubscribing()
    {
        var subscriber = redis.GetSubscriber();
        var channel = RedisChannel.Literal("left");
        var queue = await subscriber.SubscribeAsync(channel);

        await queue.UnsubscribeAsync();

        await RunningServer.UntilAsync(async () => await Server.SubscriptionSubscriberCountAsync(channel) == 0);
        Assert.Equal(0, await subscriber.PublishAsync(channel, "nobody hears this"));
    }

    [Fact]
    public async Task Subscriptions_are_made_anew_after_the_connections_were_killed()
    {
        await using var client = await ConnectAsync(server.Port, options => options.ClientName = "killed");
        var queue = await client.GetSubscriber().SubscribeAsync(RedisChannel.Literal("after the kill"));
        var ids = (await Server.ClientListAsync()).Where(c => c.Name == "killed").Select(c => c.Id).ToArray();

        await Task.WhenAll(ids.Select(id => Server.ClientKillAsync(id: id, skipMe: true)));

        await RunningServer.UntilAsync(async () => await redis.GetSubscriber().PublishAsync(RedisChannel.Literal("after the kill"), 1) == 1);
        Assert.Equal(1, Assert.Single(await TakeAsync(queue, 1)));
    }

    private static async Task<int[]> TakeAsync(ChannelMessageQueue queue, int count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var messages = new int[count];
        for (var i = 0; i < count; i++)
            messages[i] = (int)(await queue.ReadAsync(limit.Token)).Message;
        return messages;
    }
}
