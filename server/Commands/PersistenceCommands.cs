using System.Text;


namespace RespKv.Server.Commands;

/// <summary>SAVE, BGSAVE, BGREWRITEAOF and LASTSAVE: all of them make a checkpoint, or tell of the last one.</summary>
internal static class PersistenceCommands
{
    private const CommandFlags Usual = CommandFlags.Admin | CommandFlags.NoScript;

    public static readonly Command[] All =
    [
        new("bgrewriteaof", 1, Usual, KeySpec.None, BackgroundRewrite)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(1)", Summary = "Begins a checkpoint, which replaces the write log so far.",
        },
        new("bgsave", -1, Usual, KeySpec.None, BackgroundSave)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(1)", Summary = "Begins a checkpoint.", Syntax = "[SCHEDULE]", History = [("3.2.2", "SCHEDULE.")],
        },
        new("lastsave", 1, CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast, KeySpec.None, LastSave)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(1)", Summary = "Returns when the last checkpoint was complete, in Unix seconds.", Categories = ["admin", "dangerous"],
        },
        new("save", 1, Usual | CommandFlags.NoMulti, KeySpec.None, Save)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(N), N being the size of the data.", Summary = "Makes a checkpoint; the client waits for it, others go on.",
        },
    ];

    // SAVE
    private static void Save(CommandContext context)
    {
        if (context.Client.TakeResult() is Task<string?> { IsCompleted: true } done)
            Tell(context, done.Result);
        else if (Begin(context) is { } task)
            Wait(context, task);
    }

    private static void Wait(CommandContext context, Task<string?> task)
    {
        context.Client.Result = task;
        context.RetryAfter(task);
    }

    private static void Tell(CommandContext context, string? fault)
    {
        if (fault == null)
            context.Reply.Ok();
        else
            context.Error("ERR " + fault);
    }

    // BGSAVE [SCHEDULE]
    private static void BackgroundSave(CommandContext context)
    {
        var request = context.Request;
        var isScheduled = request.Length == 2 && Ascii.EqualsIgnoreCase(request[1], "SCHEDULE"u8);
        if (request.Length > 2 || (request.Length == 2 && !isScheduled))
            context.Error(ErrorReplies.Syntax);
        else if (Begin(context) != null)
            context.Reply.SimpleString("Background saving started"u8);
    }

    // BGREWRITEAOF
    private static void BackgroundRewrite(CommandContext context)
    {
        if (context.Server.Persistence is { IsSaving: true })
            context.Error("ERR Background append only file rewriting already in progress");
        else if (Begin(context) != null)
            context.Reply.SimpleString("Background append only file rewriting started"u8);
    }

    // LASTSAVE
    private static void LastSave(CommandContext context) =>
        context.Reply.Integer((context.Server.Persistence?.LastSaveMs ?? context.Server.Stats.StartedAt.ToUnixTimeMilliseconds()) / 1000);

    private static Task<string?>? Begin(CommandContext context)
    {
        if (context.Server.Persistence is not { } persistence)
        {
            context.Error("ERR there is no data folder: the server was started with --persistence off");
            return null;
        }

        if (persistence.Begin() is { } task)
            return task;
        context.Error("ERR Background save already in progress");
        return null;
    }
}
