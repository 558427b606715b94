namespace RespKv.Server.Http;

/// <summary>What a request does, for who may do it.</summary>
internal enum KvRight
{
    Get,
    GetMany,
    GetMetadata,
    List,
    Put,
    Delete,
    ListNamespaces,
    AddNamespace,
    DropNamespace,
    Metrics,
}

/// <summary>The rights as the commands that do the same, which is what rules of users name.</summary>
internal static class KvRights
{
    /// <summary>Whether it is one to change something.</summary>
    public static bool IsToWrite(KvRight right) => right is KvRight.Put or KvRight.Delete or KvRight.AddNamespace or KvRight.DropNamespace;

    public static string CommandOf(KvRight right) => right switch
    {
        KvRight.Get => "kv.get",
        KvRight.GetMany => "kv.mget",
        KvRight.GetMetadata => "kv.meta",
        KvRight.List => "kv.list",
        KvRight.Put => "kv.put",
        KvRight.Delete => "del",
        KvRight.ListNamespaces => "kv.namespaces",
        KvRight.AddNamespace => "kv.use",
        KvRight.DropNamespace => "kv.drop",
        _ => "info",
    };

    /// <summary>Whether it changes data.</summary>
    public static bool Writes(KvRight right) => right is KvRight.Put or KvRight.Delete or KvRight.AddNamespace or KvRight.DropNamespace;
}
