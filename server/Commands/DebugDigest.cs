using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using RespKv.Server.Kv;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>
/// DEBUG DIGEST and DIGEST-VALUE: hashes by which tests compare data. Equal data give equal hashes, in whatever order they were written; the hashes
/// are our own, not Redis's.
/// </summary>
[SuppressMessage("Security", "CA5350", Justification = "Forty digits are the form of the reply; nothing relies on the hash against an attacker.")]
internal static class DebugDigest
{
    private const int KeysPerTurn = 1000;

    // DEBUG DIGEST
    public static void OfAll(CommandContext context)
    {
        if (context.Client.TakeResult() is byte[] digest)
        {
            Write(context, digest);
            return;
        }

        var (client, server) = (context.Client, context.Server);
        if (context.IsInExec)
            context.Error("ERR DEBUG DIGEST is not possible inside a transaction");
        else
            context.RetryAfter(Task.Run(() => client.Result = Digest(server)));
    }

    // DEBUG DIGEST-VALUE key [key ...]
    public static void OfKeys(CommandContext context)
    {
        var request = context.Request;
        context.Reply.Array(request.Length - 2);
        for (var i = 2; i < request.Length; i++)
        {
            var reader = new DigestReader();
            context.Keyspace.Read(request[i], reader);
            Write(context, reader.Digest);
        }
    }

    /// <summary>Joins the hashes of all keys so that their order does not matter.</summary>
    private static byte[] Digest(ServerState server)
    {
        var sum = new byte[SHA1.HashSizeInBytes];
        foreach (var ns in server.Namespaces.All)
        {
            var scan = new KeyScan();
            var cursor = 0UL;
            do
            {
                scan.Begin(server.Store.Clock.NowMs);
                cursor = server.RunAside(ns, keyspace => Join(keyspace, scan, cursor, sum));
            }
            while (cursor != 0);
        }

        return sum;
    }

    private static ulong Join(Keyspace keyspace, KeyScan scan, ulong cursor, byte[] sum)
    {
        cursor = scan.Run(keyspace, cursor, KeysPerTurn);
        for (var i = 0; i < scan.Count; i++)
        {
            var reader = new DigestReader { Prefix = [.. Encoding.UTF8.GetBytes(keyspace.Namespace.Name), 0, .. scan[i], 0] };
            keyspace.Read(scan[i], reader);
            for (var b = 0; b < sum.Length; b++)
                sum[b] ^= reader.Digest[b];
        }

        return cursor;
    }

    private static void Write(CommandContext context, byte[] digest) =>
        context.Reply.SimpleString(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(digest)));

    private sealed class DigestReader : RecordReader
    {
        public override bool IsUse => false;

        public byte[] Prefix { get; init; } = [];

        /// <summary>All zero when there is no such key.</summary>
        public byte[] Digest { get; } = new byte[SHA1.HashSizeInBytes];

        public override void Read(in Record record)
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
            Span<byte> head = stackalloc byte[sizeof(int) + 2];
            BinaryPrimitives.WriteInt32LittleEndian(head, record.Metadata.Length);
            head[^2] = (byte)record.Type;
            head[^1] = (byte)(record.ExpiresAtMs == 0 ? 0 : 1);
            hash.AppendData(Prefix);
            hash.AppendData(head);
            hash.AppendData(record.Metadata);
            hash.AppendData(record.Value);
            hash.GetHashAndReset(Digest);
        }
    }
}
