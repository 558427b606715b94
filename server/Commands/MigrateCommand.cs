using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>MIGRATE. The keys are sent by a task of the pool while the client waits and others are served.</summary>
internal static class MigrateCommand
{
    private const KeyUse Moves = KeyUse.ReadWrite | KeyUse.Access | KeyUse.Delete;
    private static readonly KeySpec Key = KeySpec.At(MigrateOptions.KeyArgument, Moves) with { Word = "KEYS" };

    public static readonly Command[] All =
    [
        new("migrate", -6, CommandFlags.Write | CommandFlags.MovableKeys, Key, Migrate)
        {
            Since = "2.6.0", Group = "generic", Complexity = "O(N), N being the bytes of the values.",
            Summary = "Moves keys to another server, RespKv or Redis.",
            Syntax = "host port <key | \"\"> destination-db timeout [COPY] [REPLACE] [AUTH password | AUTH2 username password] [KEYS key [key ...]]",
            Categories = ["keyspace", "dangerous"],
            History = [("3.0.0", "COPY and REPLACE."), ("3.0.6", "KEYS."), ("4.0.7", "AUTH."), ("6.0.0", "AUTH2.")],
            KeySpecs = [Key, KeySpec.Behind("KEYS", Moves | KeyUse.Incomplete)],
        },
    ];

    // MIGRATE host port <key | ""> destination-db timeout [COPY] [REPLACE] [AUTH password | AUTH2 username password] [KEYS key [key ...]]
    private static void Migrate(CommandContext context)
    {
        if (context.Client.TakeResult() is Migration finished)
        {
            Reply(context, finished);
            return;
        }

        if (MigrateOptions.TryParse(context) is not { } options)
            return;
        var info = context.Reusable<RecordInfoReader>().AsUse(true);
        var present = options.Keys.Where(key => context.Keyspace.Exists(key, info)).ToList();
        if (present.Count == 0)
            context.Reply.SimpleString("NOKEY"u8);
        else if (context.IsInExec || context.IsInScript)
            context.Error("ERR MIGRATE within a transaction or a script would hold up all clients until the target has answered, and is not supported");
        else
            Begin(context, new Migration(context.Server, context.Namespace, options, present));
    }

    private static void Begin(CommandContext context, Migration migration)
    {
        context.Client.Result = migration;
        context.RetryAfter(Task.Run(migration.RunAsync));
    }

    // What it has deleted, it has deleted in batches of its own.
    private static void Reply(CommandContext context, Migration migration)
    {
        context.Keyspace.Session.DependOnAll();
        if (migration.Error is { } error)
            context.Error(error);
        else
            context.Reply.Ok();
    }
}
