using System.Buffers;
using System.Net;
using System.Net.Sockets;
using RespKv.Server.Net;

namespace RespKv.Tests.Net;

/// <summary>Who is served by which of the threads that wait for sockets, and what a reader is told.</summary>
public sealed class SocketThreadsTests
{
    private const int Clients = 60;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    // They live as long as the process.
    private static readonly SocketThreads Threads = new(fault => Assert.Fail(fault.ToString()));

    [Fact]
    public async Task Nobody_waits_behind_one_who_holds_a_thread_up()
    {
        var pairs = await PairsAsync();
        for (var round = 0; round < 50; round++)
        {
            using var othersAreServed = new CountdownEvent(Clients - 1);
            var isHeld = 0;
            var served = pairs.Select(pair => ServeAsync(pair.Reader, () =>
            {
                // The first one that is served keeps its thread, and whatever that has taken from the system besides, until all others have been.
                if (Interlocked.Exchange(ref isHeld, 1) != 0)
                    othersAreServed.Signal();
                else
                    Assert.True(othersAreServed.Wait(Limit), $"{othersAreServed.CurrentCount} wait.");
            })).ToList();
            foreach (var pair in pairs)
                pair.Client.Send("x"u8);
            foreach (var length in await Task.WhenAll(served).WaitAsync(Limit))
                Assert.Equal(1, length);
        }

        Close(pairs);
    }

    [Fact]
    public async Task What_was_put_off_to_the_end_of_the_events_does_not_wait_for_the_last_one_that_holds_its_thread_up()
    {
        var pairs = await PairsAsync();
        var putOff = 0;
        for (var round = 0; round < 50; round++)
        {
            using var othersAreDone = new CountdownEvent(Clients - 1);
            var begun = 0;
            var served = pairs.Select(pair => ServeToTheEndAsync(pair.Reader)).ToList();
            foreach (var pair in pairs)
                pair.Client.Send("x"u8);
            await Task.WhenAll(served).WaitAsync(Limit);

            async Task ServeToTheEndAsync(SocketReader reader)
            {
                await ServeAsync(reader, () => { }).ConfigureAwait(false);
                if (Interlocked.Increment(ref begun) == Clients)
                {
                    Assert.True(othersAreDone.Wait(Limit), $"{othersAreDone.CurrentCount} wait.");
                    return;
                }

                if (EndOfEvents.IsToCome)
                    Interlocked.Increment(ref putOff);
                await default(EndOfEvents);
                othersAreDone.Signal();
            }
        }

        Assert.NotEqual(0, putOff);
        Close(pairs);
    }

    [Fact]
    public async Task The_end_is_told_whether_it_comes_with_the_last_bytes_or_behind_them()
    {
        var pairs = await PairsAsync();
        for (var i = 0; i < Clients; i++)
        {
            pairs[i].Client.Send("last"u8);
            if (i % 2 == 0)
                pairs[i].Client.Shutdown(SocketShutdown.Send);
        }

        foreach (var (client, _, reader) in pairs)
        {
            var bytes = await reader.ReadAsync().AsTask().WaitAsync(Limit);
            Assert.Equal("last"u8, bytes.Buffer.ToArray());
            reader.AdvanceTo(bytes.Buffer.End);
            client.Shutdown(SocketShutdown.Send);
            var end = await reader.ReadAsync().AsTask().WaitAsync(Limit);
            Assert.True(end.IsCompleted && end.Buffer.IsEmpty);
        }

        Close(pairs);
    }

    [Fact]
    public async Task What_is_larger_than_a_block_comes_whole_and_what_is_not_used_comes_again()
    {
        var pairs = await PairsAsync();
        var sent = new byte[300_000];
        new Random(1).NextBytes(sent);
        var (client, _, reader) = pairs[0];
        var sending = client.SendAsync(sent);

        var received = new List<byte>();
        while (received.Count < sent.Length)
        {
            var result = await reader.ReadAsync().AsTask().WaitAsync(Limit);
            var half = result.Buffer.Slice(0, (result.Buffer.Length + 1) / 2);
            received.AddRange(half.ToArray());
            reader.AdvanceTo(half.End);
        }

        Assert.Equal(sent.Length, await sending);
        Assert.Equal(sent, received);
        Close(pairs);
    }

    [Fact]
    public async Task A_wait_can_be_cancelled_and_loses_nothing()
    {
        var pairs = await PairsAsync();
        var (client, _, reader) = pairs[0];
        for (var round = 0; round < 500; round++)
        {
            var reading = reader.ReadAsync().AsTask();
            var cancelling = Task.Run(reader.CancelPendingRead);
            client.Send("x"u8);
            var result = await reading.WaitAsync(Limit);
            await cancelling;
            while (result.Buffer.IsEmpty)
            {
                Assert.True(result.IsCanceled);
                result = await reader.ReadAsync().AsTask().WaitAsync(Limit);
            }

            Assert.Equal(1, result.Buffer.Length);
            reader.AdvanceTo(result.Buffer.End);
        }

        Close(pairs);
    }

    private static async Task<long> ServeAsync(SocketReader reader, Action serve)
    {
        var result = await reader.ReadAsync().ConfigureAwait(false);
        var length = result.Buffer.Length;
        reader.AdvanceTo(result.Buffer.End);
        serve();
        return length;
    }

    private static async Task<List<Pair>> PairsAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var pairs = new List<Pair>();
        for (var i = 0; i < Clients; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(listener.LocalEndpoint);
            var accepted = await listener.AcceptSocketAsync();
            accepted.Blocking = false;
            pairs.Add(new Pair(client, accepted, new SocketReader(accepted, new ConnectionBlocks(null), Threads)));
        }

        return pairs;
    }

    private static void Close(List<Pair> pairs)
    {
        foreach (var (client, accepted, reader) in pairs)
        {
            reader.Complete();
            accepted.Dispose();
            client.Dispose();
        }
    }

    private sealed record Pair(Socket Client, Socket Accepted, SocketReader Reader);
}
