using System.Text;

namespace RespKv.Server.Commands;

/// <summary>Commands about the connection.</summary>
internal static class ConnectionCommands
{
    private const CommandFlags BeforeLogin = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast | CommandFlags.NoAuth | CommandFlags.AllowBusy;

    public static readonly Command[] All =
    [
        new("auth", -2, BeforeLogin, KeySpec.None, Auth)
        {
            Since = "1.0.0", Group = "connection", Complexity = "O(1)", Summary = "Logs in.", Syntax = "[username] password", History = [("6.0.0", "A user's name.")],
        },
        new("echo", 2, CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast, KeySpec.None, c => c.Reply.BulkString(c.Request[1]))
        {
            Since = "1.0.0", Group = "connection", Complexity = "O(1)", Summary = "Returns what it is given.", Syntax = "message",
        },
        new("hello", -1, BeforeLogin, KeySpec.None, Hello)
        {
            Since = "6.0.0", Group = "connection", Complexity = "O(1)", Summary = "Chooses the protocol version and, if asked, logs in and names the connection; tells about the server.",
            Syntax = "[protover [AUTH username password] [SETNAME clientname]]", History = [("6.2.0", "The version may be left out.")],
        },
        new("ping", -1, CommandFlags.Fast | CommandFlags.WhileSubscribed, KeySpec.None, Ping)
        {
            Since = "1.0.0", Group = "connection", Complexity = "O(1)", Summary = "Tells that the server is there.", Syntax = "[message]",
        },
        new("quit", -1, BeforeLogin | CommandFlags.NeverQueued | CommandFlags.WhileSubscribed, KeySpec.None, Quit)
        {
            Since = "1.0.0", Group = "connection", Complexity = "O(1)", Summary = "Ends the connection, once all replies are sent.",
        },
        new("reset", 1, BeforeLogin | CommandFlags.NeverQueued | CommandFlags.WhileSubscribed, KeySpec.None, Reset)
        {
            Since = "6.2.0", Group = "connection", Complexity = "O(1)", Summary = "Makes the connection what it was when new.",
        },
        new("select", 2, CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast, KeySpec.None, Select)
        {
            Since = "1.0.0", Group = "connection", Complexity = "O(1)", Summary = "Changes to a numbered database.", Syntax = "index",
        },
    ];

    // PING [message]
    private static void Ping(CommandContext context)
    {
        if (context.Request.Length > 2)
        {
            context.Error(ErrorReplies.WrongArity("ping"));
        }
        else if (context.Client.IsSubscribed && !context.Reply.IsResp3)
        {
            // A RESP2 client that listens can read nothing but messages.
            context.Reply.Array(2);
            context.Reply.BulkString("pong"u8);
            context.Reply.BulkString(context.Request.Length == 2 ? context.Request[1] : default);
        }
        else if (context.Request.Length == 2)
        {
            context.Reply.BulkString(context.Request[1]);
        }
        else
        {
            context.Reply.SimpleString("PONG"u8);
        }
    }

    // AUTH [username] password
    private static void Auth(CommandContext context)
    {
        var request = context.Request;
        if (request.Length > 3)
            context.Error(ErrorReplies.Syntax);
        else if (request.Length == 2 && context.Server.Access.Users.Default.Rules.NeedsNoPassword)
            context.Error("ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?");
        else if (TryLogIn(context, request.Length == 3 ? request[1] : "default"u8, request[^1]))
            context.Reply.Ok();
    }

    private static bool TryLogIn(CommandContext context, ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        if (context.Server.Access.TryLogIn(context, user, password))
            return true;
        context.Error(ErrorReplies.WrongPass);
        return false;
    }

    // HELLO [protover [AUTH username password] [SETNAME clientname]]
    private static void Hello(CommandContext context)
    {
        var version = (long)context.Client.ProtocolVersion;
        if (context.Request.Length > 1 && !TryReadVersion(context, out version))
            return;
        if (!TryReadHelloOptions(context, out var auth, out var name))
            return;
        if (auth > 0 && !TryLogIn(context, context.Request[auth], context.Request[auth + 1]))
            return;
        if (!context.Client.IsAuthenticated)
        {
            context.Error(ErrorReplies.HelloNoAuth);
            return;
        }

        if (name > 0)
            context.Client.Name = Encoding.ASCII.GetString(context.Request[name]);
        Speak(context, (int)version);
        Introduce(context);
    }

    private static bool TryReadVersion(CommandContext context, out long version)
    {
        if (!context.Request.TryGetInt64(1, out version))
            context.Error("ERR Protocol version is not an integer or out of range");
        else if (version is < 2 or > 3)
            context.Error("NOPROTO unsupported protocol version");
        else
            return true;
        return false;
    }

    /// <summary>Finds where the user's name and the client's name are; 0 when they are not given.</summary>
    private static bool TryReadHelloOptions(CommandContext context, out int auth, out int name)
    {
        (auth, name) = (0, 0);
        var request = context.Request;
        for (var i = 2; i < request.Length; i++)
        {
            var after = request.Length - 1 - i;
            if (after >= 2 && Ascii.EqualsIgnoreCase(request[i], "AUTH"u8))
            {
                auth = i + 1;
                i += 2;
            }
            else if (after >= 1 && Ascii.EqualsIgnoreCase(request[i], "SETNAME"u8))
            {
                name = ++i;
                if (ClientCommands.IsPlainText(request[name]))
                    continue;
                context.Error(ErrorReplies.ClientName);
                return false;
            }
            else
            {
                context.Error($"ERR Syntax error in HELLO option '{RequestEcho.Of(request[i], request[i].Length)}'");
                return false;
            }
        }

        return true;
    }

    private static void Introduce(CommandContext context)
    {
        var reply = context.Reply;
        reply.Map(7);
        reply.BulkString("server"u8);
        reply.BulkString("redis"u8);
        reply.BulkString("version"u8);
        reply.BulkString(ServerIdentity.RedisVersion);
        reply.BulkString("proto"u8);
        reply.Integer(context.Client.ProtocolVersion);
        reply.BulkString("id"u8);
        reply.Integer(context.Client.Id);
        reply.BulkString("mode"u8);
        reply.BulkString("standalone"u8);
        reply.BulkString("role"u8);
        reply.BulkString("master"u8);
        reply.BulkString("modules"u8);
        reply.Array(0);
    }

    private static void Speak(CommandContext context, int version)
    {
        context.Client.ProtocolVersion = version;
        context.Output.ProtocolVersion = version;
    }

    // SELECT index
    private static void Select(CommandContext context)
    {
        if (!DatabaseArgument.TryRead(context, 1, out var database))
            return;
        context.Client.Namespace = database;
        context.Keyspace.Namespace = database;
        context.Reply.Ok();
    }

    // QUIT
    private static void Quit(CommandContext context)
    {
        // It hears nothing any more, and whoever knows that it is gone does not find it listening.
        context.Server.PubSub.RemoveAll(context.Client);
        context.Client.ClosesAfterReply = true;
        context.Reply.Ok();
    }

    // RESET
    private static void Reset(CommandContext context)
    {
        var client = context.Client;
        TransactionCommands.End(client);
        context.Server.PubSub.RemoveAll(client);
        context.Server.Monitors.Remove(client);
        context.Server.Tracking.Set(client, null);
        client.Namespace = context.Server.Namespaces.Default;
        context.Keyspace.Namespace = client.Namespace;
        client.Name = "";
        client.IsNoTouch = false;
        client.IsNoEvict = false;
        context.Server.Access.Begin(client);
        context.Keyspace.Session.TouchesKeys = true;
        Speak(context, 2);
        // Silence that was asked for this one reply lasts for it.
        if (client.ReplyMode != ReplyMode.Skip)
            context.EndSilence();
        context.Reply.SimpleString("RESET"u8);
    }
}
