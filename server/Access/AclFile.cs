using System.Text;

namespace RespKv.Server.Access;

/// <summary>The file of users (<c>aclfile</c>): a user on each line, as ACL LIST shows it.</summary>
internal static class AclFile
{
    /// <summary>Reads a file; the text holds all that is wrong with it, in Redis's words, or is null.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">What rules are read by.</param>
    /// <param name="users">The users of the file by name.</param>
    public static string? Read(string path, RuleSettings settings, out Dictionary<string, UserRules> users)
    {
        users = new Dictionary<string, UserRules>(StringComparer.Ordinal);
        string[] lines;
        try
        {
            lines = File.ReadAllText(path, Encoding.Latin1).Split('\n');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"Error loading ACLs, opening file '{path}': {Reason(error)}";
        }

        var faults = new StringBuilder();
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Trim(' ', '\t', '\r') is { Length: > 0 } line)
                ReadLine(line, $"{path}:{i + 1}", i + 1, settings, users, faults);
        }

        return faults.Length == 0 ? null : faults.Append("WARNING: ACL errors detected, no change to the previously active ACL rules was performed").ToString();
    }

    /// <summary>Replaces a file in one step. It may hold hashes of passwords, so that a new one is for its owner alone; one that is there keeps its permissions.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, IEnumerable<User> users)
    {
        var temporary = $"{path}.tmp-{Environment.ProcessId}-{Environment.TickCount64}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = File.Exists(path) ? File.GetUnixFileMode(path) : UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using (var file = new FileStream(temporary, options))
            {
                file.Write(RuleText.BytesOf(string.Concat(users.Select(user => user + "\n"))));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void ReadLine(string line, string place, int number, RuleSettings settings, Dictionary<string, UserRules> users, StringBuilder faults)
    {
        var words = line.Split(' ');
        if (words[0] != "user" || words.Length < 2)
        {
            faults.Append($"{place} should start with user keyword followed by the username. ");
            return;
        }

        var name = words[1];
        if (RuleText.HasSpaces(name))
        {
            faults.Append($"'{place}: username '{name}' contains invalid characters. ");
            return;
        }

        if (users.ContainsKey(name))
        {
            faults.Append($"WARNING: Duplicate user '{name}' found on line {number}. ");
            return;
        }

        var draft = new UserDraft(settings);
        var rules = RuleText.Merge(words[2..], out var open);
        if (open != null)
            faults.Append($"{place}: Unmatched parenthesis in selector definition.");
        Apply(draft, rules, place, faults);
        users[name] = new UserRules(draft);
    }

    // Of commands that are not known each is named; of what else is wrong only the first, since it may be the cause of the rest.
    private static void Apply(UserDraft draft, List<string> rules, string place, StringBuilder faults)
    {
        var hasSyntaxFault = false;
        foreach (var rule in rules.Select(rule => rule.Trim('\t', '\r', '\n')))
        {
            var fault = draft.Apply(rule);
            if (fault == RuleFault.UnknownCommand)
            {
                faults.Append($"{place}: Error in applying operation '{rule}': {RuleFaults.TextOf(fault)}. ");
            }
            else if (fault != RuleFault.None && !hasSyntaxFault)
            {
                faults.Append($"{place}: {RuleFaults.TextOf(fault)}. ");
                hasSyntaxFault = true;
            }
        }
    }

    private static string Reason(Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => "No such file or directory",
        UnauthorizedAccessException => "Permission denied",
        _ => error.Message,
    };
}
