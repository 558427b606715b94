using System.Buffers;
using RespKv.Protocol;
using RespKv.Server.Kv;
using RespKv.Server.Kv.Hashes;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>
/// The reply to HGETALL, HKEYS or HVALS of a hash with many fields: it is made on a thread of the pool while its client waits and others are served, and sent from there, as the client takes it.
/// </summary>
internal sealed class LargeHashReply
{
    /// <summary>Fields from which on it is worth the way.</summary>
    public const int FieldsMin = 2000;

    // Below what the runtime takes for a large object.
    private const int BlockBytes = 64 << 10;

    private readonly List<ReadOnlyMemory<byte>> blocks = [];
    private long fields;
    private long bytes;
    private bool isMade;

    private LargeHashReply()
    {
    }

    /// <summary>Begins to make it, if the command may wait; it runs again when the reply is there.</summary>
    /// <param name="context">The command.</param>
    /// <param name="hash">The keyset of the fields.</param>
    /// <param name="names">Whether names are wanted.</param>
    /// <param name="values">Whether values are wanted.</param>
    public static bool MustWait(CommandContext context, Keyset hash, bool names, bool values)
    {
        if (hash.Directory.Count < FieldsMin || context.IsInExec || context.IsInScript)
            return false;
        var (server, key, ns, touches) = (context.Server, context.Request[1].ToArray(), context.Client.Namespace, !context.Client.IsNoTouch);
        var reply = new LargeHashReply();
        context.Client.Result = reply;
        context.RetryAfter(Task.Run(() => reply.MakeAsync(server, ns, key, names, values, touches)));
        return true;
    }

    /// <summary>Writes it; false when it could not be made so.</summary>
    public bool TryWriteTo(CommandContext context, bool isMap)
    {
        if (!isMade)
            return false;
        HashAccess.Count(context, isHit: true);
        context.Keyspace.Session.DependOnAll();
        if (isMap)
            context.Reply.Map(fields);
        else
            context.Reply.Array(fields);
        context.Reply.Content(new Blocks(blocks, (int)bytes));
        return true;
    }

    private async Task MakeAsync(ServerState server, Namespace ns, byte[] key, bool names, bool values, bool touches)
    {
        var session = server.Store.Lease();
        session.TouchesKeys = touches;
        try
        {
            var snapshot = new HashSnapshot(new Keyspace(session, server.Namespaces) { Namespace = ns }, key, values);
            if (!await snapshot.TakeAsync(cold => server.ColdReads!.Fetch(cold)).ConfigureAwait(false))
                return;
            fields = snapshot.Count;
            Write(snapshot, names, values);
            isMade = bytes <= int.MaxValue;
        }
        finally
        {
            server.Store.Return(session);
        }
    }

    private void Write(HashSnapshot snapshot, bool names, bool values)
    {
        var block = new ArrayBufferWriter<byte>(BlockBytes);
        foreach (var slice in snapshot.Slices)
        {
            var reply = new RespReplyWriter(block);
            for (var i = 0; i < slice.Count; i++)
            {
                if (names)
                    reply.BulkString(slice.Name(i));
                if (values)
                    reply.BulkString(slice.Value(i).Span);
            }

            reply.Commit();
            slice.Clear();
            if (block.WrittenCount > BlockBytes / 2)
                block = End(block);
        }

        End(block);
    }

    private ArrayBufferWriter<byte> End(ArrayBufferWriter<byte> block)
    {
        blocks.Add(block.WrittenMemory);
        bytes += block.WrittenCount;
        return new ArrayBufferWriter<byte>(BlockBytes);
    }

    /// <summary>Bytes in blocks, read once from the first to the last.</summary>
    private sealed class Blocks(List<ReadOnlyMemory<byte>> blocks, int length) : IReplyContent
    {
        private int index;
        private int used;

        public int Length => length;

        public bool MayWait => false;

        public void Read(int offset, Span<byte> target)
        {
            while (!target.IsEmpty)
            {
                var here = blocks[index].Span[used..];
                var count = Math.Min(here.Length, target.Length);
                here[..count].CopyTo(target);
                target = target[count..];
                used += count;
                if (used < blocks[index].Length)
                    continue;
                // Sent, and needed no longer.
                blocks[index++] = default;
                used = 0;
            }
        }

        public void Dispose() => blocks.Clear();
    }
}
