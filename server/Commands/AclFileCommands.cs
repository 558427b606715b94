using RespKv.Server.Telemetry;

namespace RespKv.Server.Commands;

/// <summary>ACL LOAD and ACL SAVE. The file is read and written aside, since a disk may take its time, but for EXEC, in which nothing may wait.</summary>
internal static class AclFileCommands
{
    private const string NoFile = "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER command and then issue a CONFIG REWRITE "
        + "(assuming you have a Redis configuration file set) in order to store users in the Redis configuration.";

    // ACL LOAD
    public static void Load(CommandContext context)
    {
        var (access, client) = (context.Server.Access, context.Client);
        Run(context, () => access.Load(client));
    }

    // ACL SAVE
    public static void Save(CommandContext context)
    {
        var (server, logger) = (context.Server, context.Server.Logger);
        Run(context, () =>
        {
            try
            {
                server.Access.Save();
                return null;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Log.AclFileNotWritten(logger, error.Message);
                return "There was an error trying to save the ACLs. Please check the server logs for more information";
            }
        });
    }

    private static void Run(CommandContext context, Func<string?> work)
    {
        if (context.Server.Access.FilePath.Length == 0)
        {
            context.Error(NoFile);
        }
        else if (context.IsInExec)
        {
            Tell(context, work());
        }
        else if (context.Client.TakeResult() is Task<string?> { IsCompleted: true } done)
        {
            Tell(context, done.Result);
        }
        else
        {
            var task = Task.Run(work);
            context.Client.Result = task;
            context.RetryAfter(task);
        }
    }

    private static void Tell(CommandContext context, string? fault)
    {
        if (fault == null)
            context.Reply.Ok();
        else
            context.Error("ERR " + fault);
    }
}
