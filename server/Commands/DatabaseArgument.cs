using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>Reads an argument that is the number of a database.</summary>
internal static class DatabaseArgument
{
    /// <summary>The database; false when the reply has been made an error.</summary>
    public static bool TryRead(CommandContext context, int argument, out Namespace database)
    {
        database = context.Client.Namespace;
        var databases = context.Server.Namespaces.Databases;
        if (!context.Request.TryGetInt64(argument, out var number))
        {
            context.Error(ErrorReplies.NotAnInteger);
            return false;
        }

        if (number is < int.MinValue or > int.MaxValue)
        {
            context.Error(ErrorReplies.NotAnInt32);
            return false;
        }

        if (number < 0 || number >= databases.Count)
        {
            context.Error(ErrorReplies.InvalidDb);
            return false;
        }

        database = databases[(int)number];
        return true;
    }
}
