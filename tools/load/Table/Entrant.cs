namespace RespKv.Load.Table;

/// <summary>A server that takes part in the table, and what is known of the product.</summary>
internal sealed record Entrant(ServerSpec Spec, string Version, bool IsSubject)
{
    private string Product => Version.Split(' ')[0];

    /// <summary>Whether it has KV.LIST and the options of RespKv.</summary>
    public bool IsRespKv => Product == "respkv";

    /// <summary>Whether MSET sets all its keys at once. Garnet sets one after the other, and others may read in between.</summary>
    public bool HasAtomicMset => Product != "garnet";

    /// <summary>Whether it keeps what listing keys and counting them needs. Garnet reads its whole log for either.</summary>
    public bool HasKeyDirectory => Product != "garnet";

    public Role Role(bool isCounted = true) => IsSubject ? Table.Role.Subject : isCounted ? Table.Role.Peer : Table.Role.NotCounted;
}
