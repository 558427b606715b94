using RespKv.Server.Kv;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;
using RespKv.Server.Storage.Hashes;

namespace RespKv.Server.Commands;

/// <summary>OBJECT: how values are kept, in the words of Redis's encodings.</summary>
internal static class ObjectCommands
{
    // What Redis says of integers that it shares between keys, and which those are.
    private const int SharedReferences = int.MaxValue;
    private const long SharedIntegers = 10_000;

    // Longer strings are not kept inside Redis's object header.
    private const int EmbeddedBytesMax = 44;

    private static readonly KeySpec Key = new(2, 2, 1, KeyUse.ReadOnly);

    public static readonly Command[] All =
    [
        new("encoding", 3, CommandFlags.ReadOnly, Key, Encoding)
        {
            Since = "2.2.3", Group = "generic", Complexity = "O(1)", Summary = "Tells the encoding of a value.", Syntax = "key", Categories = ["keyspace"],
        },
        new("freq", 3, CommandFlags.ReadOnly, Key, Frequency)
        {
            Since = "4.0.0", Group = "generic", Complexity = "O(1)", Summary = "Tells how often a key is used, on a logarithmic scale.", Syntax = "key",
        },
        new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
        {
            Since = "6.2.0", Group = "generic", Complexity = "O(1)", Summary = "Lists the subcommands.",
        },
        new("idletime", 3, CommandFlags.ReadOnly, Key, IdleTime)
        {
            Since = "2.2.3", Group = "generic", Complexity = "O(1)", Summary = "Tells for how many seconds a key has not been used.", Syntax = "key",
        },
        new("refcount", 3, CommandFlags.ReadOnly, Key, ReferenceCount)
        {
            Since = "2.2.3", Group = "generic", Complexity = "O(1)", Summary = "Tells how many references there are to a value.", Syntax = "key",
        },
    ];

    // OBJECT ENCODING key
    private static void Encoding(CommandContext context)
    {
        if (TryRead(context, out var reader))
            context.Reply.BulkString(reader.EncodingIn(context.Server.Store));
    }

    // OBJECT REFCOUNT key
    private static void ReferenceCount(CommandContext context)
    {
        if (TryRead(context, out var reader))
            context.Reply.Integer(reader.IsSharedInteger ? SharedReferences : 1);
    }

    // OBJECT IDLETIME key
    private static void IdleTime(CommandContext context)
    {
        if (!TryRead(context, out var reader))
            return;
        if (context.Server.Store.CountsUses)
            context.Error("ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.");
        else
            context.Reply.Integer(AccessClock.IdleSeconds(reader.Access, context.NowMs));
    }

    // OBJECT FREQ key
    private static void Frequency(CommandContext context)
    {
        if (!TryRead(context, out var reader))
            return;
        if (!context.Server.Store.CountsUses)
            context.Error("ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.");
        else
            context.Reply.Integer(AccessClock.Count(reader.Access, context.NowMs, context.Server.Store.LfuDecayMinutes));
    }

    // OBJECT HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "OBJECT",
    [
        "ENCODING <key>",
        "    Return the kind of internal representation used in order to store the value",
        "    associated with a <key>.",
        "FREQ <key>",
        "    Return the access frequency index of the <key>. The returned integer is",
        "    proportional to the logarithm of the recent access frequency of the key.",
        "IDLETIME <key>",
        "    Return the idle time of the <key>, that is the approximated number of",
        "    seconds elapsed since the last access to the key.",
        "REFCOUNT <key>",
        "    Return the number of references of the value associated with the specified",
        "    <key>.",
    ]);

    private static bool TryRead(CommandContext context, out EncodingReader reader)
    {
        reader = context.Reusable<EncodingReader>();
        if (context.Keyspace.Read(context.Request[2], reader))
            return true;
        context.Reply.Null();
        return false;
    }

    internal sealed class EncodingReader : RecordReader
    {
        private const string ListPack = "listpack";
        private const string TimedListPack = "listpackex";

        public override bool IsUse => false;

        public string Encoding { get; private set; } = "";

        public bool IsSharedInteger { get; private set; }

        public uint Access { get; private set; }

        /// <summary>The keyset of a large hash; 0 for any other record.</summary>
        public uint FieldsId { get; private set; }

        /// <summary>The encoding; that of a large hash depends on its fields too.</summary>
        public string EncodingIn(FasterStore store) =>
            Encoding == ListPack && FieldsId != 0 && store.FindKeyset(FieldsId) is { Directory.WheelCount: > 0 } ? TimedListPack : Encoding;

        public override void Read(in Record record)
        {
            Access = record.Access;
            FieldsId = record.Layout.FieldsId;
            if (record.Type != RecordType.String)
            {
                IsSharedInteger = false;
                Encoding = record.IsRaw ? "hashtable" : FieldsId == 0 && PackedHash.IsTimed(record.Value) ? TimedListPack : ListPack;
                return;
            }

            var number = 0L;
            var isShort = record.ValueLength <= EmbeddedBytesMax;
            var isInteger = !record.IsRaw && !record.IsText && isShort && IntegerValue.TryParse(record.Value, out number);
            IsSharedInteger = isInteger && number is >= 0 and < SharedIntegers;
            Encoding = record.IsRaw || !isShort ? "raw"
                : isInteger ? "int"
                : "embstr";
        }
    }
}
