using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using RespKv.Server.Kv;
using RespKv.Server.Kv.Hashes;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>
/// DEBUG DIGEST and DIGEST-VALUE: hashes by which tests compare data. Equal data give equal hashes, in whatever order they were written, and the same as in Redis: of keys without
/// metadata in numbered databases.
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
        if (!context.HasKeyIndex())
            return;
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
            reader.Take(context.Keyspace, request[i]);
            Write(context, reader.Digest);
        }
    }

    private static byte[] Digest(ServerState server)
    {
        var sum = new byte[SHA1.HashSizeInBytes];
        foreach (var ns in server.Namespaces.All.Where(n => n.Keys.Directory.Count > 0).OrderBy(n => n.Number ?? int.MaxValue).ThenBy(n => n.Name, StringComparer.Ordinal))
        {
            Mix(sum, NameOf(ns));
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

    private static byte[] NameOf(Namespace ns)
    {
        if (ns.Number is not { } number)
            return Encoding.UTF8.GetBytes(ns.Name);
        var name = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(name, number);
        return name;
    }

    private static ulong Join(Keyspace keyspace, KeyScan scan, ulong cursor, byte[] sum)
    {
        cursor = scan.Run(keyspace, cursor, KeysPerTurn);
        for (var i = 0; i < scan.Count; i++)
        {
            var reader = new DigestReader();
            Mix(reader.Digest, scan[i]);
            if (reader.Take(keyspace, scan[i]))
                Add(sum, reader.Digest);
        }

        return cursor;
    }

    /// <summary>Adds a part whose order does not matter.</summary>
    private static void Add(Span<byte> digest, ReadOnlySpan<byte> part)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(part, hash);
        for (var i = 0; i < digest.Length; i++)
            digest[i] ^= hash[i];
    }

    /// <summary>Adds a part whose order matters.</summary>
    private static void Mix(Span<byte> digest, ReadOnlySpan<byte> part)
    {
        Add(digest, part);
        SHA1.HashData(digest, digest);
    }

    private static void Write(CommandContext context, byte[] digest) =>
        context.Reply.SimpleString(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(digest)));

    private sealed class DigestReader : RecordReader
    {
        public override bool IsUse => false;

        private long now;

        /// <summary>All zero when there is no such key and nothing was mixed in before.</summary>
        public byte[] Digest { get; } = new byte[SHA1.HashSizeInBytes];

        // What Redis calls the type of hashes.
        private const int HashType = 4;

        private readonly HashFields fields = new();
        private uint fieldsId;

        /// <summary>Mixes a key's value in; false when there is no such key.</summary>
        public bool Take(Keyspace keyspace, ReadOnlySpan<byte> key)
        {
            now = keyspace.NowMs;
            if (!keyspace.Read(key, this))
                return false;
            if (fieldsId != 0 && HashStore.Find(keyspace, fieldsId) is { } large)
                fields.TakeAll(keyspace, large, values: true);
            AddFields();
            return true;
        }

        public override void Read(in Record record)
        {
            fieldsId = record.Layout.FieldsId;
            Span<byte> type = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(type, record.Type == RecordType.String ? (int)record.Type : HashType);
            Mix(Digest, type);
            if (record.Type == RecordType.String)
                Mix(Digest, record.Value);
            else if (fieldsId == 0)
                fields.Take(record.Value, now);
            if (!record.Metadata.IsEmpty)
                Mix(Digest, record.Metadata);
            if (record.ExpiresAtMs != 0)
                Add(Digest, "!!expire!!"u8);
        }

        private void AddFields()
        {
            for (var i = 0; i < fields.Count; i++)
            {
                var field = new byte[SHA1.HashSizeInBytes];
                Mix(field, fields.Name(i));
                Mix(field, fields.Value(i).Span);
                if (fields.ExpiresAtMs(i) != 0)
                    Add(field, "!!hexpire!!"u8);
                Add(Digest, field);
            }
        }
    }
}
