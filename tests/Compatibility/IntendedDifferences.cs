using System.IO.Enumeration;

namespace RespKv.Tests.Compatibility;

/// <summary>Replies of RespKv that differ from Redis's because we mean them to. An entry that no longer differs fails its scenario.</summary>
internal static class IntendedDifferences
{
    public static readonly IReadOnlyList<IntendedDifference> All =
    [
        new("keys-scan.txt", "SCAN: errors", "SCAN -1", "From 7.4 on a cursor is a number without a sign.", "7.4"),
        new("keys-scan.txt", "SCAN: errors", "SCAN \"\"", "From 7.4 on a cursor is a number, not nothing.", "7.4"),
        new("keys-scan.txt", "SCAN: errors", "SCAN \" 0\"", "From 7.4 on a cursor may have blanks before it.", "7.4"),
        new("keys-scan.txt", "SCAN: errors", "SCAN 0 NOVALUES", "From 7.4 on the option is known, for hashes.", "7.4"),
        new("keys-dump.txt", "DUMP", "DUMP ?", "Later versions of Redis write a later version of the format; ours is that of 7.0, so that all can read it.", From: "7.2"),
        new("keys-dump.txt", "RESTORE", "*DUMP src", "Later versions of Redis write a later version of the format; ours is that of 7.0, so that all can read it.", From: "7.2"),
        new("keys-expire.txt", "The farthest expiry", "EXPIRETIME k", "Redis 7.4 rounds the last millisecond of time to a negative number of seconds.", From: "7.2"),
        new("server.txt", "DEBUG PROTOCOL over RESP3", "DEBUG PROTOCOL push", "From 7.2 on a push that a command causes comes behind its reply.", "7.2"),
        new("server.txt", "DEBUG PROTOCOL over RESP3", "!push", "From 7.2 on a push that a command causes comes behind its reply.", "7.2"),
        new("messages.txt", "A publisher that subscribes itself", "!raw *PUBLISH*", "From 7.2 on a RESP3 client gets its own message behind the reply.", "7.2"),
        new("messages.txt", "A publisher that subscribes itself", "PUBLISH c y", "From 7.2 on a RESP3 client gets its own message behind the reply.", "7.2"),
        new("messages.txt", "A publisher that subscribes itself", "!push", "From 7.2 on a RESP3 client gets its own message behind the reply.", "7.2"),
        new("notifications.txt", "A client that listens to what it does itself", "SET a 1", "From 7.2 on a RESP3 client gets its own message behind the reply.", "7.2"),
        new("notifications.txt", "A client that listens to what it does itself", "EXEC", "From 7.2 on a RESP3 client gets its own message behind the reply.", "7.2"),
        new("notifications.txt", "A client that listens to what it does itself", "!push", "From 7.2 on a RESP3 client gets its own message behind the reply.", "7.2"),
        new("server.txt", "INFO", "INFO keyspace", "From 7.4 on there is a count of fields that expire.", "7.4"),
        new("server.txt", "INFO", "!fields db0,db3 INFO", "From 7.4 on there is a count of fields that expire.", "7.4"),
        new("server.txt", "COMMAND GETKEYS", "COMMAND GETKEYS* PING", "From 7.2 on a call may be a name alone.", "7.2"),
        new("server.txt", "COMMAND GETKEYS", "COMMAND GETKEYS GET", "From 7.2 on a call may be a name alone.", "7.2"),
        new("server.txt", "COMMAND GETKEYS", "COMMAND GETKEYSANDFLAGS NOSUCH", "From 7.2 on a call may be a name alone.", "7.2"),
        new("server.txt", "COMMAND INFO of each command served", "COMMAND INFO scan", "From 7.2 on there is one more tip for proxies.", "7.2"),
        new("server.txt", "CONFIG", "CONFIG SET loglevel what", "From 7.2 on there is a level for nothing.", "7.2"),
        new("server.txt", "CONFIG", "CONFIG SET proto-max-bulk-len 100", "A value is 1 GB long at most."),
    ];
}

/// <summary>Where replies differ, and why; in the patterns <c>*</c> stands for any text.</summary>
/// <param name="File">The exchange file's name.</param>
/// <param name="Scenario">The scenario's title.</param>
/// <param name="Command">The step as written in the file.</param>
/// <param name="Reason">Why we mean it.</param>
/// <param name="Before">The version of Redis that replies as we do; peers before it differ. Null where later ones differ too.</param>
/// <param name="From">The version of Redis from which on peers differ. Null where earlier ones differ too.</param>
internal sealed record IntendedDifference(string File, string Scenario, string Command, string Reason, string? Before = null, string? From = null)
{
    /// <summary>Whether a peer of this version differs.</summary>
    public bool Concerns(Version peer) => (Before == null || peer < Version.Parse(Before)) && (From == null || peer >= Version.Parse(From));

    public bool Covers(ExchangeScenario scenario, ExchangeStep step) =>
        FileSystemName.MatchesSimpleExpression(File, scenario.File)
        && FileSystemName.MatchesSimpleExpression(Scenario, scenario.Title)
        && FileSystemName.MatchesSimpleExpression(Command, step.Text);
}
