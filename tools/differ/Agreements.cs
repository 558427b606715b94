namespace RespKv.Differ;

/// <summary>How much of the replies to each command must agree.</summary>
internal static class Agreements
{
    private static readonly HashSet<string> Near =
        new(["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> Unordered =
        new(["KEYS", "SCAN", "HSCAN", "HGETALL", "HKEYS", "HVALS", "PUBSUB CHANNELS", "PUBSUB SHARDCHANNELS"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> Kind =
        new(["RANDOMKEY", "HRANDFIELD", "OBJECT IDLETIME", "OBJECT REFCOUNT", "HELLO", "CLIENT ID", "CLIENT INFO", "CLIENT LIST", "MEMORY USAGE", "INFO", "COMMAND", "COMMAND COUNT", "COMMAND LIST", "COMMAND DOCS", "COMMAND INFO", "LOLWUT", "TIME", "LASTSAVE", "ACL GENPASS", "ACL CAT", "ACL LIST", "ACL GETUSER", "LATENCY DOCTOR", "CLUSTER INFO"], StringComparer.OrdinalIgnoreCase);

    public static Agreement Of(string[] command)
    {
        var name = command[0];
        var both = command.Length > 1 ? name + " " + command[1] : name;
        return Near.Contains(name) || Near.Contains(both) ? Agreement.Near
            : Unordered.Contains(name) || Unordered.Contains(both) ? Agreement.Unordered
            : Kind.Contains(both) || Kind.Contains(name) ? Agreement.Kind
            : Agreement.Exact;
    }
}
