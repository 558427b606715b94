using Microsoft.Extensions.Logging;
using RespKv.Server.Access;
using RespKv.Server.Commands;
using RespKv.Server.Telemetry;

namespace RespKv.Server;

/// <summary>The users that a server starts with: those of the configuration file, or those of the file of users.</summary>
internal static class StartUsers
{
    /// <exception cref="StartFaultException">A user is described wrongly, or the file cannot be read.</exception>
    public static void Load(AccessControl access, ServerSettings settings, ILogger logger)
    {
        access.FilePath = settings.AclFile;
        if (settings.AclFile.Length > 0 && settings.Users.Count > 0)
            throw new StartFaultException($"{settings.Users[0].Place}: users are in a file of their own (aclfile) or in the configuration file, not in both");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var user in settings.Users)
        {
            if (RuleText.HasSpaces(user.Name))
                throw new StartFaultException($"{user.Place}: Spaces not allowed in ACL usernames");
            if (!names.Add(user.Name))
                throw new StartFaultException($"{user.Place}: Error in user declaration '{user.Name}': Duplicate user found. A user can only be defined once in config files");
            // What requirepass said of the default user counts no more.
            if (access.Change(null, user.Name, ["reset", .. user.Words]) is { } fault)
                throw new StartFaultException($"{user.Place}: {fault}");
        }

        if (settings.AclFile.Length > 0 && access.Load(null) is { } faults)
            throw new StartFaultException(faults);
        foreach (var user in access.Users.All.Where(user => !user.Rules.IsOn))
            Log.StartWarning(logger, $"The user '{user.Name}' is disabled (there is no 'on' modifier in the user description). Make sure this is not a configuration error.");
    }

    /// <summary>The users as lines of a configuration file, but for a default user that is as <c>requirepass</c> makes it; none where they are in a file of their own.</summary>
    public static IReadOnlyList<string> LinesOf(AccessControl access, string requirePass)
    {
        if (access.FilePath.Length > 0)
            return [];
        var usual = new UserDraft(access.Users.Settings, access.Users.NewDefault());
        if (requirePass.Length > 0)
            usual.With("resetpass", ">" + requirePass);
        var usualText = new UserRules(usual).ToString();
        return [.. access.Users.All.Where(user => user != access.Users.Default || user.Rules.ToString() != usualText).Select(user => user.ToString())];
    }
}
