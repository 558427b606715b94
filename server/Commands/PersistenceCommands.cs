using System.Text;


namespace RespKv.Server.Commands;

/// <summary>SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE and KV.BACKUP: all of them make a checkpoint, or tell of the last one.</summary>
internal static class PersistenceCommands
{
    private const CommandFlags Usual = CommandFlags.Admin | CommandFlags.NoScript;

    private const string NoFolder = "ERR there is no data folder: the server was started with --persistence off";

    public static readonly Command[] All =
    [
        new("bgrewriteaof", 1, Usual | CommandFlags.NoAsyncLoading, KeySpec.None, BackgroundRewrite)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(1)", Summary = "Begins a checkpoint, which replaces the write log so far.",
        },
        new("bgsave", -1, Usual | CommandFlags.NoAsyncLoading, KeySpec.None, BackgroundSave)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(1)", Summary = "Begins a checkpoint.", Syntax = "[SCHEDULE]", History = [("3.2.2", "SCHEDULE.")],
        },
        new("kv.backup", 2, Usual | CommandFlags.NoMulti, KeySpec.None, Backup)
        {
            Since = "0.1.0", Group = "server", Complexity = "O(N), N being the size of the data.", Syntax = "folder",
            Summary = "Copies the data, as of one moment, to a folder that is empty or not there; the client waits for it, others go on.",
        },
        new("lastsave", 1, CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast, KeySpec.None, LastSave)
        {
            Since = "1.0.0", Group = "server", Complexity = "O(1)", Summary = "Returns when the last checkpoint was complete, in Unix seconds.", Categories = ["admin", "dangerous"],
        },
        new("save", 1, Usual | CommandFlags.NoAsyncLoading | CommandFlags.NoMulti, KeySpec.None, Save)
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

    // KV.BACKUP folder
    private static void Backup(CommandContext context)
    {
        if (context.Client.TakeResult() is Task<string?> { IsCompleted: true } done)
        {
            Tell(context, done.Result);
            return;
        }

        var folder = Encoding.UTF8.GetString(context.Request[1]);
        if (context.Server.Persistence is not { } persistence)
            context.Error(NoFolder);
        else if (!Path.IsPathFullyQualified(folder))
            context.Error("ERR the folder's path has to be an absolute one");
        else if (persistence.BeginBackup(folder) is { } task)
            Wait(context, task);
        else
            context.Error("ERR a backup is under way already");
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
            context.Error(NoFolder);
            return null;
        }

        if (persistence.Begin() is { } task)
            return task;
        context.Error("ERR Background save already in progress");
        return null;
    }
}
