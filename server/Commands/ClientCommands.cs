using System.Text;

namespace RespKv.Server.Commands;

/// <summary>CLIENT: what is known of connections, and what can be done to them.</summary>
internal static class ClientCommands
{
    private const CommandFlags Usual = CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale;
    private const CommandFlags Operator = Usual | CommandFlags.Admin;
    private const string AllClients = "O(N), N being the number of clients.";

    public static readonly Command[] All =
    [
        new("client", -2, CommandFlags.None, KeySpec.None, null)
        {
            Since = "2.4.0", Group = "connection", Complexity = "That of the subcommand.", Summary = "Looks after connections.", Subcommands =
            [
                new("getname", 2, Usual, KeySpec.None, GetName)
                {
                    Since = "2.6.9", Group = "connection", Complexity = "O(1)", Summary = "Tells the connection's name.",
                },
                new("help", 2, CommandFlags.Loading | CommandFlags.Stale, KeySpec.None, Help)
                {
                    Since = "5.0.0", Group = "connection", Complexity = "O(1)", Summary = "Lists the subcommands.",
                },
                new("id", 2, Usual, KeySpec.None, c => c.Reply.Integer(c.Client.Id))
                {
                    Since = "5.0.0", Group = "connection", Complexity = "O(1)", Summary = "Tells the connection's id.",
                },
                new("info", 2, Usual, KeySpec.None, Info)
                {
                    Since = "6.2.0", Group = "connection", Complexity = "O(1)", Summary = "Describes the connection.",
                },
                new("kill", -3, Operator, KeySpec.None, Kill)
                {
                    Since = "2.4.0", Group = "connection", Complexity = AllClients, Summary = "Closes connections.",
                    Syntax = "<ip:port | <[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | [ADDR ip:port] | [LADDR ip:port] | [SKIPME <YES | NO>] | [MAXAGE maxage] [...]>>",
                    History = [("2.8.12", "Filters."), ("6.2.0", "LADDR."), ("7.4.0", "MAXAGE.")], Categories = ["dangerous"],
                },
                new("list", -2, Operator, KeySpec.None, List)
                {
                    Since = "2.4.0", Group = "connection", Complexity = AllClients, Summary = "Describes connections, one a line.",
                    Syntax = "[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]", History = [("5.0.0", "TYPE."), ("6.2.0", "ID.")], Categories = ["dangerous"],
                },
                new("no-evict", 3, Operator, KeySpec.None, NoEvict)
                {
                    Since = "7.0.0", Group = "connection", Complexity = "O(1)", Summary = "Keeps the connection from being closed for the memory it takes.", Syntax = "<ON | OFF>", Categories = ["dangerous"],
                },
                new("no-touch", 3, Usual, KeySpec.None, NoTouch)
                {
                    Since = "7.2.0", Group = "connection", Complexity = "O(1)", Summary = "Makes what the connection does to keys no use of them.", Syntax = "<ON | OFF>",
                },
                new("pause", -3, Operator, KeySpec.None, Pause)
                {
                    Since = "3.0.0", Group = "connection", Complexity = "O(1)", Summary = "Holds up commands for a time.", Syntax = "timeout [WRITE | ALL]", History = [("6.2.0", "WRITE and ALL.")],
                    Categories = ["dangerous"],
                },
                new("reply", 3, Usual, KeySpec.None, Reply)
                {
                    Since = "3.2.0", Group = "connection", Complexity = "O(1)", Summary = "Says whether commands are replied to.", Syntax = "<ON | OFF | SKIP>",
                },
                new("setinfo", 4, Usual, KeySpec.None, SetInfo)
                {
                    Since = "7.2.0", Group = "connection", Complexity = "O(1)", Summary = "Says which library the connection comes from.", Syntax = "<LIB-NAME libname | LIB-VER libver>",
                },
                new("setname", 3, Usual, KeySpec.None, SetName)
                {
                    Since = "2.6.9", Group = "connection", Complexity = "O(1)", Summary = "Names the connection.", Syntax = "connection-name",
                },
                new("unblock", -3, Operator, KeySpec.None, Unblock)
                {
                    Since = "5.0.0", Group = "connection", Complexity = "O(1)", Summary = "Ends the wait of a client in a command that waits.", Syntax = "client-id [TIMEOUT | ERROR]", Categories = ["dangerous"],
                },
                new("unpause", 2, Operator, KeySpec.None, Unpause)
                {
                    Since = "6.2.0", Group = "connection", Complexity = "O(N), N being the number of clients held up.", Summary = "Ends what CLIENT PAUSE began.", Categories = ["dangerous"],
                },
                .. TrackingCommands.Subcommands,
            ],
        },
    ];

    /// <summary>Whether a command is CLIENT with a subcommand.</summary>
    public static bool Has(Command command) => All[0].Subcommands.Contains(command);

    /// <summary>Whether text may stand in CLIENT LIST: printable ASCII without blanks.</summary>
    public static bool IsPlainText(ReadOnlySpan<byte> text) => !text.ContainsAnyExceptInRange((byte)'!', (byte)'~');

    // CLIENT GETNAME
    private static void GetName(CommandContext context)
    {
        if (context.Client.Name.Length == 0)
            context.Reply.Null();
        else
            context.Reply.BulkString(context.Client.Name);
    }

    // CLIENT SETNAME connection-name
    private static void SetName(CommandContext context)
    {
        if (!IsPlainText(context.Request[2]))
        {
            context.Error(ErrorReplies.ClientName);
            return;
        }

        context.Client.Name = Encoding.ASCII.GetString(context.Request[2]);
        context.Reply.Ok();
    }

    // CLIENT SETINFO <LIB-NAME libname | LIB-VER libver>
    private static void SetInfo(CommandContext context)
    {
        var attribute = context.Request[2];
        var value = context.Request[3];
        var isName = Ascii.EqualsIgnoreCase(attribute, "LIB-NAME"u8);
        if (!isName && !Ascii.EqualsIgnoreCase(attribute, "LIB-VER"u8))
        {
            context.Error($"ERR Unrecognized option '{RequestEcho.Of(attribute, attribute.Length)}'");
            return;
        }

        if (!IsPlainText(value))
        {
            context.Error($"ERR {Encoding.Latin1.GetString(attribute)} cannot contain spaces, newlines or special characters.");
            return;
        }

        if (isName)
            context.Client.LibraryName = Encoding.ASCII.GetString(value);
        else
            context.Client.LibraryVersion = Encoding.ASCII.GetString(value);
        context.Reply.Ok();
    }

    // CLIENT INFO
    private static void Info(CommandContext context) => Describe(context, [context.Client]);

    // CLIENT LIST [TYPE type] [ID client-id [client-id ...]]
    private static void List(CommandContext context)
    {
        var request = context.Request;
        if (request.Length == 2)
        {
            Describe(context, context.Server.Clients.Values.OrderBy(c => c.Id));
        }
        else if (request.Length == 4 && Ascii.EqualsIgnoreCase(request[2], "TYPE"u8))
        {
            if (ClientTypes.Read(context, 3) is { } type)
                Describe(context, context.Server.Clients.Values.Where(c => ClientTypes.Of(c) == type).OrderBy(c => c.Id));
        }
        else if (request.Length > 3 && Ascii.EqualsIgnoreCase(request[2], "ID"u8))
        {
            if (TryReadIds(context, out var clients))
                Describe(context, clients);
        }
        else
        {
            context.Error(ErrorReplies.Syntax);
        }
    }

    private static bool TryReadIds(CommandContext context, out List<Client> clients)
    {
        clients = [];
        for (var i = 3; i < context.Request.Length; i++)
        {
            if (!context.Request.TryGetInt64(i, out var id))
            {
                context.Error("ERR Invalid client ID");
                return false;
            }

            if (context.Server.Clients.TryGetValue(id, out var client))
                clients.Add(client);
        }

        return true;
    }

    private static void Describe(CommandContext context, IEnumerable<Client> clients)
    {
        var text = new StringBuilder();
        foreach (var client in clients)
        {
            ClientDescription.Append(text, client, client == context.Client ? context.Request.ArgumentBytes : 0, context.NowMs);
            text.Append('\n');
        }

        context.Reply.Verbatim("txt"u8, Encoding.UTF8.GetBytes(text.ToString()));
    }

    // CLIENT KILL ip:port, or CLIENT KILL option value [option value ...]
    private static void Kill(CommandContext context)
    {
        var request = context.Request;
        var filter = new ClientFilter();
        if (request.Length == 3)
        {
            filter.Address = Encoding.UTF8.GetString(request[2]);
            filter.SkipsMe = false;
            if (KillAll(context, filter) == 0)
                context.Error("ERR No such client");
            else
                context.Reply.Ok();
            return;
        }

        for (var i = 2; i < request.Length; i += 2)
        {
            if (i + 1 == request.Length)
            {
                context.Error(ErrorReplies.Syntax);
                return;
            }

            if (!filter.TryRead(context, request[i], i + 1))
                return;
        }

        context.Reply.Integer(KillAll(context, filter));
    }

    private static int KillAll(CommandContext context, ClientFilter filter)
    {
        var killed = 0;
        foreach (var client in context.Server.Clients.Values)
        {
            if (!filter.IsMatch(client, context.Client, context.NowMs))
                continue;
            killed++;
            if (client == context.Client)
            {
                client.ClosesAfterReply = true;
                continue;
            }

            // Not to be listed any more, though its loop may take a moment to end.
            context.Server.Clients.TryRemove(client.Id, out _);
            client.Connection.Abort();
        }

        return killed;
    }

    // CLIENT REPLY <ON | OFF | SKIP>
    private static void Reply(CommandContext context)
    {
        var mode = context.Request[2];
        if (Ascii.EqualsIgnoreCase(mode, "ON"u8))
        {
            context.EndSilence();
            context.Reply.Ok();
        }
        else if (Ascii.EqualsIgnoreCase(mode, "OFF"u8))
        {
            context.Client.ReplyMode = ReplyMode.Off;
        }
        else if (Ascii.EqualsIgnoreCase(mode, "SKIP"u8))
        {
            if (context.Client.ReplyMode != ReplyMode.Off)
                context.Client.ReplyMode = ReplyMode.SkipNext;
        }
        else
        {
            context.Error(ErrorReplies.Syntax);
        }
    }

    // CLIENT PAUSE timeout [WRITE | ALL]
    private static void Pause(CommandContext context)
    {
        var request = context.Request;
        if (request.Length > 4)
        {
            ErrorReplies.SubcommandSyntax(context);
            return;
        }

        var isWrite = request.Length == 4 && Ascii.EqualsIgnoreCase(request[3], "WRITE"u8);
        if (request.Length == 4 && !isWrite && !Ascii.EqualsIgnoreCase(request[3], "ALL"u8))
            context.Error("ERR CLIENT PAUSE mode must be WRITE or ALL");
        else if (!request.TryGetInt64(2, out var ms))
            context.Error(ErrorReplies.TimeoutNotInteger);
        else if (ms < 0)
            context.Error(ErrorReplies.TimeoutNegative);
        else if (ms > long.MaxValue - context.NowMs)
            context.Error("ERR timeout is out of range");
        else
            PauseUntil(context, context.NowMs + ms, holdsAll: !isWrite);
    }

    private static void PauseUntil(CommandContext context, long endMs, bool holdsAll)
    {
        context.Server.Pause.Begin(endMs, holdsAll);
        context.Reply.Ok();
    }

    // CLIENT UNPAUSE
    private static void Unpause(CommandContext context)
    {
        context.Server.Pause.End();
        context.Reply.Ok();
    }

    // CLIENT UNBLOCK client-id [TIMEOUT | ERROR]: there is no command yet that it could end; a client that is paused is not blocked in this sense.
    private static void Unblock(CommandContext context)
    {
        var request = context.Request;
        if (request.Length == 4 && !Ascii.EqualsIgnoreCase(request[3], "TIMEOUT"u8) && !Ascii.EqualsIgnoreCase(request[3], "ERROR"u8))
            context.Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
        else if (request.Length > 4)
            ErrorReplies.SubcommandSyntax(context);
        else if (!request.TryGetInt64(2, out _))
            context.Error(ErrorReplies.NotAnInteger);
        else
            context.Reply.Integer(0);
    }

    // CLIENT NO-EVICT <ON | OFF>
    private static void NoEvict(CommandContext context)
    {
        if (TryReadSwitch(context, out var isOn))
            context.Client.IsNoEvict = isOn;
    }

    // CLIENT NO-TOUCH <ON | OFF>
    private static void NoTouch(CommandContext context)
    {
        if (!TryReadSwitch(context, out var isOn))
            return;
        context.Client.IsNoTouch = isOn;
        context.Keyspace.Session.TouchesKeys = !isOn;
    }

    /// <summary>Reads ON or OFF and replies.</summary>
    private static bool TryReadSwitch(CommandContext context, out bool isOn)
    {
        isOn = Ascii.EqualsIgnoreCase(context.Request[2], "ON"u8);
        if (!isOn && !Ascii.EqualsIgnoreCase(context.Request[2], "OFF"u8))
        {
            context.Error(ErrorReplies.Syntax);
            return false;
        }

        context.Reply.Ok();
        return true;
    }

    // CLIENT HELP
    private static void Help(CommandContext context) => HelpReply.Write(context, "CLIENT",
    [
        "CACHING (YES|NO)",
        "    Whether what the next command reads is tracked, in OPTIN or OPTOUT mode.",
        "GETREDIR",
        "    The client that gets this one's tracking messages: 0 for this one, -1 without tracking.",
        "GETNAME",
        "    The connection's name.",
        "ID",
        "    The connection's id.",
        "INFO",
        "    The connection's line of CLIENT LIST.",
        "KILL <ip:port>",
        "    Close the connection from that address.",
        "KILL <option> <value> [<option> <value> [...]]",
        "    Close the connections that all of these apply to:",
        "    * ADDR (<ip:port>|<unixsocket>:0)",
        "      the client's address",
        "    * ID <client-id>",
        "      its id",
        "    * LADDR (<ip:port>|<unixsocket>:0)",
        "      the address it is connected to",
        "    * MAXAGE <seconds>",
        "      connected for that long or longer",
        "    * SKIPME (YES|NO)",
        "      whether this connection is left out (default: yes)",
        "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
        "      its type",
        "    * USER <username>",
        "      its user",
        "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <client-id> [<client-id> ...]]",
        "    One line for each connection.",
        "NO-EVICT (ON|OFF)",
        "    Keep the connection from being closed for the memory it takes.",
        "NO-TOUCH (ON|OFF)",
        "    Let commands of this connection not count as uses of keys.",
        "PAUSE <timeout> [WRITE|ALL]",
        "    Hold up all commands, or writes, for <timeout> milliseconds.",
        "REPLY (ON|OFF|SKIP)",
        "    Whether commands of this connection are replied to.",
        "SETINFO (LIB-NAME|LIB-VER) <value>",
        "    The library that the connection comes from.",
        "SETNAME <name>",
        "    Name the connection.",
        "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]] [OPTIN] [OPTOUT] [NOLOOP]",
        "    Whether the client is told of changes to keys that it has read.",
        "TRACKINGINFO",
        "    How the client tracks keys.",
        "UNBLOCK <clientid> [TIMEOUT|ERROR]",
        "    End the wait of a client.",
        "UNPAUSE",
        "    End what PAUSE began.",
    ]);
}
