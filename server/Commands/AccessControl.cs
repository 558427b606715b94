using System.Text;
using RespKv.Protocol;
using RespKv.Server.Access;

namespace RespKv.Server.Commands;

/// <summary>
/// The users, and which client is whom. Every change of either passes here, under one lock, and is in force for all clients when it returns: each client holds what is
/// looked at for its commands (<see cref="Client.IsTrusted"/>), so that looking takes no lock.
/// </summary>
internal sealed class AccessControl
{
    private readonly ServerState server;
    private readonly Lock changing = new();

    public AccessControl(ServerState server)
    {
        this.server = server;
        Users = new Users(new RuleSettings(new CommandCatalog(server.Commands)));
    }

    public Users Users { get; }

    public AclLog Log { get; } = new();

    /// <summary>The file of users, as a full path; empty for none.</summary>
    public string FilePath { get; set; } = "";

    /// <summary>A client is new, or as good as new: it is the default user.</summary>
    public void Begin(Client client)
    {
        lock (changing)
        {
            client.User = Users.Default;
            client.IsAuthenticated = Users.Default.Rules.AdmitsAll;
            Settle(client);
        }
    }

    /// <summary>Makes the client the user whose name and password it gives; false when they do not belong together.</summary>
    public bool TryLogIn(CommandContext context, ReadOnlySpan<byte> name, ReadOnlySpan<byte> password)
    {
        var text = RuleText.Of(name);
        if (Users.Authenticate(text, password) is { } user && TryBecome(context.Client, user))
            return true;
        Note(context, DenialReason.Authentication, ContextOf(context), RuleText.Of(context.Request[0]), text);
        return false;
    }

    /// <summary>Makes or changes a user; the text says why not, or is null.</summary>
    /// <param name="client">Who asks.</param>
    /// <param name="name">The user.</param>
    /// <param name="words">Rules.</param>
    public string? Change(Client? client, string name, IEnumerable<string> words)
    {
        lock (changing)
        {
            var before = Users.Find(name)?.Rules;
            var draft = Users.Draft(name);
            if (UserRulesReader.Apply(draft, words) is { } fault)
                return fault;
            var user = Users.Put(name, new UserRules(draft));
            if (before != null)
                AfterChange(user, before, client);
            return null;
        }
    }

    /// <summary>Gives the default user one password, or lets it need none (<c>requirepass</c>).</summary>
    public void SetDefaultPassword(string password)
    {
        lock (changing)
        {
            var draft = Users.Draft(Users.DefaultName).With("resetpass", password.Length == 0 ? "nopass" : ">" + password);
            Users.Put(Users.DefaultName, new UserRules(draft));
            foreach (var client in server.Clients.Values)
                Settle(client);
        }
    }

    /// <summary>Deletes a user and closes its connections; false when there was none.</summary>
    public bool Delete(Client client, string name)
    {
        lock (changing)
        {
            if (Users.Remove(name) is not { } user)
                return false;
            CloseAllOf(user, client);
            return true;
        }
    }

    /// <summary>Puts the users of the file in the place of those that there are; the text says why not, or is null.</summary>
    public string? Load(Client? client)
    {
        if (AclFile.Read(FilePath, Users.Settings, out var read) is { } faults)
            return faults;
        if (!read.ContainsKey(Users.DefaultName))
            read[Users.DefaultName] = Users.NewDefault();
        lock (changing)
        {
            foreach (var user in Users.All)
            {
                if (!read.ContainsKey(user.Name))
                    CloseAllOf(Users.Remove(user.Name)!, client);
            }

            foreach (var (name, rules) in read)
            {
                var before = Users.Find(name)?.Rules;
                var user = Users.Put(name, rules);
                if (before != null)
                    AfterChange(user, before, client);
            }
        }

        return null;
    }

    /// <summary>Writes the users to the file.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save() => AclFile.Write(FilePath, Users.All);

    /// <summary>Why a client that is not trusted may not run the command that its request holds; null when it may. A denial is in the log.</summary>
    public string? Refusal(CommandContext context, Command command)
    {
        var client = context.Client;
        if (client.MustLogIn && !command.Is(CommandFlags.NoAuth))
            return ErrorReplies.NoAuth;
        // It was allowed when its work began, and is only to tell the outcome.
        if (client.Result is Task<string?>)
            return null;
        // That is refused for another reason, which goes before.
        if (client.Transaction != null && command.Is(CommandFlags.NoMulti))
            return null;
        return Deny(context, command, context.Request, ContextOf(context)) is { } text ? "NOPERM " + text : null;
    }

    /// <summary>The same for what a script calls.</summary>
    public string? RefusalInScript(CommandContext context, Command command, RespRequest request) => Deny(context, command, request, DenialContext.Script);

    /// <summary>Whether a queued command may still be run; else the error has been written.</summary>
    public bool MayRunQueued(CommandContext context, Command command)
    {
        var denial = Check(context.Client, command, context.Request);
        if (denial.Reason == DenialReason.None)
            return true;
        Note(context, denial.Reason, DenialContext.Transaction, denial.ObjectOf(command, context.Request), context.Client.User.Name);
        context.Error(denial.TextInTransaction);
        return false;
    }

    public CommandDenial Check(Client client, Command command, RespRequest request) =>
        CommandPermission.Check(client.User.Rules, command, request, 0, server, client.Namespace);

    /// <summary>Closes a client that has begun to listen to what it may listen to no more.</summary>
    public void CloseUnlessAllowed(Client client, SubscriptionKind kind, ReadOnlySpan<byte> name)
    {
        if (client.User.Rules.AllowsChannel(name, kind == SubscriptionKind.Pattern))
            return;
        lock (changing)
            Close(client, client);
    }

    private string? Deny(CommandContext context, Command command, RespRequest request, DenialContext where)
    {
        // One and the same user for the look and for what is told of it.
        var user = context.Client.User;
        var denial = CommandPermission.Check(user.Rules, command, request, 0, server, context.Client.Namespace);
        if (denial.Reason == DenialReason.None)
            return null;
        Note(context, denial.Reason, where, denial.ObjectOf(command, request), user.Name);
        return denial.Text(user, command);
    }

    private static DenialContext ContextOf(CommandContext context) => context.Client.Transaction != null ? DenialContext.Transaction : DenialContext.TopLevel;

    private void Note(CommandContext context, DenialReason reason, DenialContext where, string what, string userName)
    {
        var line = new StringBuilder();
        ClientDescription.Append(line, context.Client, context.Request.ArgumentBytes, context.NowMs);
        Log.Add(reason, where, what, userName, line.ToString(), context.NowMs);
    }

    private bool TryBecome(Client client, User user)
    {
        lock (changing)
        {
            // It may have been deleted, or switched off, meanwhile.
            if (Users.Find(user.Name) != user || !user.Rules.IsOn)
                return false;
            client.User = user;
            client.IsAuthenticated = true;
            Settle(client);
            return true;
        }
    }

    private void Settle(Client client)
    {
        client.MustLogIn = !client.IsAuthenticated && !Users.Default.Rules.AdmitsAll;
        client.IsTrusted = !client.MustLogIn && client.User.Rules.IsUnrestricted;
    }

    private void AfterChange(User user, UserRules before, Client? asking)
    {
        // Whether anybody has to log in is said of the default user.
        foreach (var client in server.Clients.Values)
        {
            if (client.User == user || user == Users.Default)
                Settle(client);
        }

        if (!user.Rules.TakesChannelsFrom(before))
            return;
        // Who begins to listen from here on finds itself without the trust it had.
        Interlocked.MemoryBarrier();
        foreach (var kind in Enum.GetValues<SubscriptionKind>())
        {
            foreach (var (client, name) in server.PubSub.Listeners(kind))
            {
                if (client.User == user && !user.Rules.AllowsChannel(name, kind == SubscriptionKind.Pattern))
                    Close(client, asking);
            }
        }
    }

    private void CloseAllOf(User user, Client? asking)
    {
        foreach (var client in server.Clients.Values)
        {
            if (client.User == user)
                Close(client, asking);
        }
    }

    // Whoever asked for it still gets the reply.
    private void Close(Client client, Client? asking)
    {
        client.User = Users.Default;
        client.IsAuthenticated = false;
        Settle(client);
        server.Clients.TryRemove(client.Id, out _);
        if (client == asking)
            client.ClosesAfterReply = true;
        else
            client.Connection.Abort();
    }
}
