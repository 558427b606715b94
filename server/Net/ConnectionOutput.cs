using System.Buffers;
using Pipelines.Sockets.Unofficial;

namespace RespKv.Server.Net;

/// <summary>
/// Where a connection's replies are written to. It never fails: when the client has gone, or may not have more, the rest goes nowhere, so that a command, or a
/// transaction, runs to its end all the same. Used by the connection's loop alone.
/// </summary>
internal sealed class ConnectionOutput : IBufferWriter<byte>
{
    private readonly OutputBudget budget;
    private SocketConnection? transport;
    private byte[]? nowhere;
    private volatile bool isWriting;

    public ConnectionOutput(OutputBudget budget)
    {
        this.budget = budget;
        Blocks = new ConnectionBlocks(budget) { AreLost = () => isWriting && IsDown };
    }

    public ConnectionBlocks Blocks { get; }

    /// <summary>Whether the client was owed more than there was room for, so that its replies are cut off and it is to be closed.</summary>
    public bool IsCut { get; private set; }

    private bool IsDown => transport is { ShutdownKind: not PipeShutdownKind.None };

    public void Attach(SocketConnection connection) => transport = connection;

    /// <summary>From here to <see cref="EndWriting"/> a block may be written to.</summary>
    public void BeginWriting() => isWriting = true;

    public void EndWriting() => isWriting = false;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (nowhere != null)
            return nowhere;
        if (budget.IsExceeded && Blocks.OutstandingBytes > OutputBudget.ClientBytesAlways)
        {
            IsCut = true;
            return Nowhere();
        }

        try
        {
            return transport!.Output.GetMemory(sizeHint);
        }
        catch (InvalidOperationException) when (IsDown)
        {
            return Nowhere();
        }
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Advance(int count)
    {
        if (nowhere != null)
            return;
        try
        {
            transport!.Output.Advance(count);
        }
        catch (Exception error) when (IsDown && error is (InvalidOperationException or ArgumentOutOfRangeException))
        {
            // The transport has failed since the memory was given, and has taken it back.
            Nowhere();
        }
    }

    private byte[] Nowhere() => nowhere ??= new byte[BlockPool.SmallBytes];
}
