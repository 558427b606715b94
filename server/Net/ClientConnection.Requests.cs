using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using RespKv.Protocol;
using RespKv.Server.Commands;
using RespKv.Server.Telemetry;

namespace RespKv.Server.Net;

/// <summary>The part of the loop that finds requests in what was received and runs them, all in one batch on one thread.</summary>
internal sealed partial class ClientConnection
{
    private Outcome RunRequests(CommandContext context, ref ReadOnlySequence<byte> buffer)
    {
        var writtenAtStart = reply.BytesWritten;
        var used = 0L;
        var operations = 0;
        var outcome = Outcome.NeedsMore;
        var ahead = RequestsAhead.OfThread;
        reader.BulkBytesMax = server.BulkBytesMax;
        foreach (var memory in buffer)
        {
            MemoryMarshal.TryGetArray(memory, out var segment);
            int start = segment.Offset, end = segment.Offset + segment.Count;
            var isMoreNeeded = false;
            while (outcome == Outcome.NeedsMore && !isMoreNeeded)
            {
                if (!budget.Allows(output.UnreadBytes))
                {
                    outcome = Outcome.BackPressure;
                    break;
                }

                var before = start;
                reader.IsUnauthenticated = Client.MustLogIn;
                ahead.Find(bytes, reader, ref request, segment.Array!, ref start, end);
                FetchAhead(context, ahead);
                outcome = RunAhead(context, ahead, ref start, turnBytes + used - before, writtenAtStart, ref operations);
                used += start - before;
                isMoreNeeded = ahead.Status == RespReadStatus.NeedMoreData;
                if (outcome == Outcome.NeedsMore && ahead.Status == RespReadStatus.Invalid)
                    outcome = RefuseProtocol(context);
            }

            if (outcome != Outcome.NeedsMore)
                break;
        }

        buffer = buffer.Slice(buffer.GetPosition(used));
        // The bytes of a value that is taken in cost far less than requests do.
        turnBytes += bytes.IsUploading ? used / UploadPart : used;
        CountBytes(context, used, reply.BytesWritten - writtenAtStart);
        if (bytes.HeldBytes <= Math.Min(server.QueryBufferBytesMax, RequestBytes.BytesMax))
            return outcome;
        server.Stats.CountQueryBufferDisconnection();
        Log.RequestTooLarge(server.Logger, Client.Id, bytes.HeldBytes);
        return Outcome.Close;
    }

    /// <summary>Runs the requests that were found, until there is a reason to stop: those that are left then are put back.</summary>
    /// <param name="context">The lease.</param>
    /// <param name="ahead">The requests.</param>
    /// <param name="start">Where the block goes on behind them; moved back when some are put back.</param>
    /// <param name="turnOffset">What makes a place in the block the bytes that the client's turn has used up to there.</param>
    /// <param name="writtenAtStart">Reply bytes written before the batch.</param>
    /// <param name="operations">Requests of the batch that have run.</param>
    private Outcome RunAhead(CommandContext context, RequestsAhead ahead, ref int start, long turnOffset, long writtenAtStart, ref int operations)
    {
        var outcome = Outcome.NeedsMore;
        context.EndTimestamp = Stopwatch.GetTimestamp();
        context.SetRequests(ahead.All, ahead.Count);
        for (var i = 0; i < ahead.Count; i++)
        {
            outcome = bytes.UploadFault is { } fault ? RefuseUpload(context, fault) : ExecuteAhead(context, ahead, i);
            if (++operations % OperationsPerLook == 0)
                context.Keyspace.Session.BetweenOperations();
            if (outcome == Outcome.NeedsMore)
                outcome = After(turnOffset + ahead.EndOf(i), reply.BytesWritten - writtenAtStart, context.EndTimestamp);
            if (outcome == Outcome.NeedsMore && Client.MustLogIn == reader.IsUnauthenticated)
                continue;
            // The rest is found again, after what stopped it, or under the limits that hold now.
            ahead.PutBack(i, bytes, reader, ref start);
            break;
        }

        ahead.Release();
        bytes.Release();
        return outcome;
    }

    // Most commands have one key, their first argument, and most scripts the third; for what has none there, something useless is fetched.
    private static void FetchAhead(CommandContext context, RequestsAhead ahead)
    {
        if (ahead.Count < 2)
            return;
        for (var i = 0; i < ahead.Count; i++)
        {
            var request = ahead[i];
            var key = request.Length > ScriptCommands.FirstKey && ScriptCommands.MayBeScript(request[0]) ? ScriptCommands.FirstKey : 1;
            if (request.Length > key)
                context.Keyspace.NoteAhead(request[key]);
        }

        context.Keyspace.FetchAhead();
    }

    private Outcome ExecuteAhead(CommandContext context, RequestsAhead ahead, int index)
    {
        context.SetRequest(index);
        runningBytes = ahead.BytesOf(index);
        var outcome = Execute(context);
        runningBytes = 0;
        return outcome != Outcome.NeedsMore || budget.Allows(output.UnreadBytes) ? outcome : Outcome.BackPressure;
    }

    private static void CountBytes(CommandContext context, long received, long written)
    {
        context.Counters.InputBytes += received;
        context.Counters.OutputBytes += written;
        context.Counters.Reads += received > 0 ? 1 : 0;
        context.Counters.Writes += written > 0 ? 1 : 0;
    }

    private Outcome After(long received, long written, long now)
    {
        if (received >= TurnBytes || (now - turnStart > TurnTicks && IsGraceOver(now)))
            return Outcome.Yield;
        return written >= SendEveryBytes ? Outcome.Send : Outcome.NeedsMore;
    }

    private bool IsGraceOver(long now)
    {
        if (graceStart == 0)
            graceStart = now;
        return now - graceStart > GraceTicks;
    }

    private Outcome Execute(CommandContext context)
    {
        CommandExecutor.Execute(context);
        if (context.HasOwnMail)
        {
            context.HasOwnMail = false;
            TakeMail();
        }

        if (context.Wait != null)
        {
            if (context.RetriesAfterWait)
                waitingRequest = context.Request.Copy();
            return Outcome.Wait;
        }

        return Client.ClosesAfterReply ? Outcome.Close : Outcome.NeedsMore;
    }

    private static Outcome RefuseUpload(CommandContext context, string fault)
    {
        context.Error(ErrorReplies.LogFailed + fault);
        context.Client.Transaction?.Spoil();
        return Outcome.NeedsMore;
    }

    private Outcome RefuseProtocol(CommandContext context)
    {
        context.Error(ErrorReplies.Protocol + reader.Error);
        return Outcome.Close;
    }
}
