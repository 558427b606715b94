using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using RespKv.Protocol;
using RespKv.Server.Commands;
using RespKv.Server.Net;

namespace RespKv.Tests.Net;

/// <summary>The parts that replies go through on their way out.</summary>
public sealed class OutputTests
{
    private const long MiB = 1024 * 1024;

    [Theory]
    [InlineData(0, 64 * MiB, true)]
    [InlineData(0, (64 * MiB) + 1, false)]
    [InlineData(448 * MiB, 64 * MiB, true)]
    [InlineData((448 * MiB) + 1, 256 * 1024, true)]
    [InlineData((448 * MiB) + 1, (256 * 1024) + 1, false)]
    [InlineData(512 * MiB, 0, true)]
    [InlineData((512 * MiB) + 1, 0, false)]
    public void A_client_is_served_by_what_it_and_all_have_unread(long all, long own, bool isServed)
    {
        var budget = new OutputBudget();
        budget.Add(all);

        Assert.Equal(isServed, budget.Allows(own));
    }

    [Fact]
    public void Blocks_count_while_they_are_out()
    {
        var budget = new OutputBudget();
        var blocks = new ConnectionBlocks(budget);

        var block = blocks.Rent(1000);
        Assert.Equal((4096, 4096), (blocks.OutstandingBytes, budget.Bytes));
        block.Dispose();
        block.Dispose();
        Assert.Equal((0, 0), (blocks.OutstandingBytes, budget.Bytes));
    }

    [Fact]
    public void Blocks_that_come_back_after_the_end_count_once()
    {
        var budget = new OutputBudget();
        var blocks = new ConnectionBlocks(budget);
        var early = blocks.Rent(1000);

        blocks.End();
        Assert.Equal(0, budget.Bytes);
        early.Dispose();
        blocks.Rent(1000).Dispose();
        Assert.Equal(0, budget.Bytes);
    }

    [Fact]
    public void A_block_that_may_still_be_written_to_does_not_go_back_to_the_pool()
    {
        var blocks = new ConnectionBlocks(null) { AreLost = () => true };
        var block = blocks.Rent(1000);
        var array = ArrayOf(block.Memory);

        block.Dispose();

        Assert.DoesNotContain(Enumerable.Range(0, 100).Select(_ => BlockPool.Rent(1000)), rented => ReferenceEquals(rented, array));
    }

    [Fact]
    public void The_pool_gives_what_it_was_given()
    {
        var block = BlockPool.Rent(BlockPool.HugeBytes);

        BlockPool.Return(block);

        Assert.Same(block, BlockPool.Rent(BlockPool.LargerBytes + 1));
    }

    [Fact]
    public void Messages_count_as_unread_until_they_are_taken_or_the_client_has_gone()
    {
        var budget = new OutputBudget();
        var mailbox = new Mailbox(budget);
        mailbox.Add(Message.Plain(new byte[10]), null);
        mailbox.Add(Message.Plain(new byte[20]), null);
        Assert.Equal((30, 30), (mailbox.Bytes, budget.Bytes));

        var output = new ArrayBufferWriter<byte>();
        var reply = new RespReplyWriter(output);
        mailbox.WriteTo(reply);
        reply.Commit();
        Assert.Equal((30, 0), (output.WrittenCount, budget.Bytes));

        mailbox.Add(Message.Plain(new byte[10]), null);
        mailbox.Close();
        mailbox.Add(Message.Plain(new byte[10]), null);
        Assert.Equal((0, 0), (mailbox.Bytes, budget.Bytes));
    }

    [Fact]
    public async Task Replies_to_a_client_that_has_gone_go_nowhere()
    {
        var (output, transport, client) = await ConnectAsync(new OutputBudget());
        var reply = new RespReplyWriter(output);
        HostileServer.Reset(client);

        await HostileServer.UntilAsync(() => Task.FromResult(transport.IsDown));
        for (var i = 0; i < 100; i++)
            reply.BulkString(new byte[100_000]);
        reply.Commit();

        Assert.False(output.IsCut);
        Assert.InRange(reply.BytesWritten, 10_000_000, long.MaxValue);
        transport.Socket.Dispose();
    }

    [Fact]
    public async Task A_reply_that_there_is_no_room_for_is_cut_off()
    {
        var budget = new OutputBudget();
        var (output, transport, client) = await ConnectAsync(budget);
        var reply = new RespReplyWriter(output);
        budget.Add(OutputBudget.AllBytesMax);

        reply.BulkString(new byte[10 * MiB]);
        reply.Commit();

        Assert.True(output.IsCut);
        Assert.InRange(output.Blocks.OutstandingBytes, OutputBudget.ClientBytesAlways, 2 * MiB);
        client.Dispose();
        transport.Socket.Dispose();
    }

    private static async Task<(ConnectionOutput Output, Transport Transport, Socket Client)> ConnectAsync(OutputBudget budget)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndpoint);
        var output = new ConnectionOutput(budget, _ => { });
        var transport = new Transport(await listener.AcceptSocketAsync(), new PipeOptions(output.Blocks, pauseWriterThreshold: 0), PipeOptions.Default, null, null);
        output.Attach(transport);
        output.BeginWriting();
        return (output, transport, client);
    }

    private static byte[] ArrayOf(Memory<byte> memory) => MemoryMarshal.TryGetArray<byte>(memory, out var segment) ? segment.Array! : [];
}
