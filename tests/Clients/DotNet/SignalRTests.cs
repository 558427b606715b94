using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace RespKv.Tests.Clients.DotNet;

/// <summary>SignalR with a server as backplane between two web servers: what is said at one is heard at the other.</summary>
public sealed class SignalRTests(EitherServer servers) : IClassFixture<EitherServer>
{
    [Theory, OnRespKv, OnRedis]
    public async Task What_is_said_to_all_is_heard_at_every_web_server_once_and_in_order(ServerKind kind)
    {
        await using var room = await Room.OpenAsync(await servers.OpenAsync(kind), "all");

        for (var i = 0; i < 50; i++)
            await room.Ada.Connection.InvokeAsync("SayToAll", $"message {i}");

        var expected = Enumerable.Range(0, 50).Select(i => $"message {i}").ToArray();
        Assert.Equal(expected, await room.Ada.HearAsync(50));
        Assert.Equal(expected, await room.Bob.HearAsync(50));
        Assert.False(room.Bob.HasHeardMore);
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_group_has_members_at_every_web_server(ServerKind kind)
    {
        await using var room = await Room.OpenAsync(await servers.OpenAsync(kind), "group");

        await room.Bob.Connection.InvokeAsync("Join", "readers");
        await room.Ada.Connection.InvokeAsync("SayToGroup", "readers", "for readers");
        await room.Ada.Connection.InvokeAsync("SayToAll", "for all");

        Assert.Equal(["for readers", "for all"], await room.Bob.HearAsync(2));
        Assert.Equal(["for all"], await room.Ada.HearAsync(1));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task One_web_server_changes_the_groups_of_another_ones_client(ServerKind kind)
    {
        await using var room = await Room.OpenAsync(await servers.OpenAsync(kind), "members");

        await room.Ada.Connection.InvokeAsync("Add", room.Bob.Connection.ConnectionId, "writers");
        await room.Ada.Connection.InvokeAsync("SayToGroup", "writers", "in");
        await room.Ada.Connection.InvokeAsync("Remove", room.Bob.Connection.ConnectionId, "writers");
        await room.Ada.Connection.InvokeAsync("SayToGroup", "writers", "out");
        await room.Ada.Connection.InvokeAsync("SayToAll", "end");

        Assert.Equal(["in", "end"], await room.Bob.HearAsync(2));
    }

    [Theory, OnRespKv, OnRedis]
    public async Task A_client_of_one_web_server_answers_what_another_asks(ServerKind kind)
    {
        await using var room = await Room.OpenAsync(await servers.OpenAsync(kind), "answers");
        room.Bob.Connection.On("Ask", (string question) => question + "? Yes.");

        Assert.Equal("Hungry? Yes.", await room.Ada.Connection.InvokeAsync<string>("Ask", room.Bob.Connection.ConnectionId, "Hungry"));
    }

    /// <summary>What the clients call at the web server they are connected to.</summary>
    private sealed class RoomHub : Hub
    {
        public Task SayToAll(string text) => Clients.All.SendAsync("Say", text);

        public Task SayToGroup(string group, string text) => Clients.Group(group).SendAsync("Say", text);

        public Task Join(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);

        public Task Add(string connection, string group) => Groups.AddToGroupAsync(connection, group);

        public Task Remove(string connection, string group) => Groups.RemoveFromGroupAsync(connection, group);

        public Task<string> Ask(string connection, string question) => Clients.Client(connection).InvokeAsync<string>("Ask", question, Context.ConnectionAborted);
    }

    /// <summary>Two web servers, and a client at each.</summary>
    private sealed class Room(WebNode one, WebNode two, Guest ada, Guest bob) : IAsyncDisposable
    {
        public Guest Ada { get; } = ada;

        public Guest Bob { get; } = bob;

        public static async Task<Room> OpenAsync(OpenServer server, string name)
        {
            var (one, two) = (await StartAsync(server.Address, name), await StartAsync(server.Address, name));
            return new Room(one, two, await Guest.EnterAsync(one), await Guest.EnterAsync(two));
        }

        public async ValueTask DisposeAsync()
        {
            await Ada.Connection.DisposeAsync();
            await Bob.Connection.DisposeAsync();
            await one.DisposeAsync();
            await two.DisposeAsync();
        }

        private static Task<WebNode> StartAsync(string address, string name) => WebNode.StartAsync(
            builder => builder.Services
                .AddSignalR(options => options.MaximumParallelInvocationsPerClient = 2)
                .AddStackExchangeRedis(address, options => options.Configuration.ChannelPrefix = RedisChannel.Literal(name)),
            application => application.MapHub<RoomHub>("/room"));
    }

    private sealed class Guest(HubConnection connection)
    {
        private readonly Channel<string> heard = Channel.CreateUnbounded<string>();

        public HubConnection Connection { get; } = connection;

        public bool HasHeardMore => heard.Reader.TryPeek(out _);

        public static async Task<Guest> EnterAsync(WebNode node)
        {
            var guest = new Guest(new HubConnectionBuilder().WithUrl(new Uri(node.Address, "room")).Build());
            guest.Connection.On("Say", (string text) => guest.heard.Writer.WriteAsync(text).AsTask());
            await guest.Connection.StartAsync();
            return guest;
        }

        public async Task<string[]> HearAsync(int count)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            var texts = new string[count];
            for (var i = 0; i < count; i++)
                texts[i] = await heard.Reader.ReadAsync(limit.Token);
            return texts;
        }
    }
}
