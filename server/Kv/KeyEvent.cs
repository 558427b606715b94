namespace RespKv.Server.Kv;

/// <summary>Classes of events on keys, and the two forms in which they are told; the letters of <c>notify-keyspace-events</c>.</summary>
[Flags]
internal enum KeyEventClasses
{
    None = 0,

    /// <summary>K: on a channel of the key, the event being the message.</summary>
    ByKey = 1 << 0,

    /// <summary>E: on a channel of the event, the key being the message.</summary>
    ByEvent = 1 << 1,

    /// <summary>g: what may happen to keys of any type.</summary>
    Generic = 1 << 2,

    /// <summary>$</summary>
    String = 1 << 3,

    /// <summary>l</summary>
    List = 1 << 4,

    /// <summary>s</summary>
    Set = 1 << 5,

    /// <summary>h</summary>
    Hash = 1 << 6,

    /// <summary>z</summary>
    SortedSet = 1 << 7,

    /// <summary>x</summary>
    Expired = 1 << 8,

    /// <summary>e</summary>
    Evicted = 1 << 9,

    /// <summary>t</summary>
    Stream = 1 << 10,

    /// <summary>d</summary>
    Module = 1 << 11,

    /// <summary>m: a key was looked for and is not there.</summary>
    Miss = 1 << 12,

    /// <summary>n: a key is there that was not.</summary>
    New = 1 << 13,

    /// <summary>A: all but misses and new keys.</summary>
    All = Generic | String | List | Set | Hash | SortedSet | Expired | Evicted | Stream | Module,
}

/// <summary>Something that happens to a key, by the name that Redis has for it.</summary>
internal sealed class KeyEvent(KeyEventClasses kind, string name)
{
    public static readonly KeyEvent Append = new(KeyEventClasses.String, "append");
    public static readonly KeyEvent CopyTo = new(KeyEventClasses.Generic, "copy_to");
    public static readonly KeyEvent Delete = new(KeyEventClasses.Generic, "del");
    public static readonly KeyEvent Evicted = new(KeyEventClasses.Evicted, "evicted");
    public static readonly KeyEvent Expire = new(KeyEventClasses.Generic, "expire");
    public static readonly KeyEvent Expired = new(KeyEventClasses.Expired, "expired");
    public static readonly KeyEvent HashDelete = new(KeyEventClasses.Hash, "hdel");
    public static readonly KeyEvent HashExpire = new(KeyEventClasses.Hash, "hexpire");
    public static readonly KeyEvent HashExpired = new(KeyEventClasses.Hash, "hexpired");
    public static readonly KeyEvent HashIncrementBy = new(KeyEventClasses.Hash, "hincrby");
    public static readonly KeyEvent HashIncrementByFloat = new(KeyEventClasses.Hash, "hincrbyfloat");
    public static readonly KeyEvent HashPersist = new(KeyEventClasses.Hash, "hpersist");
    public static readonly KeyEvent HashSet = new(KeyEventClasses.Hash, "hset");
    public static readonly KeyEvent IncrementBy = new(KeyEventClasses.String, "incrby");
    public static readonly KeyEvent IncrementByFloat = new(KeyEventClasses.String, "incrbyfloat");
    public static readonly KeyEvent Miss = new(KeyEventClasses.Miss, "keymiss");
    public static readonly KeyEvent MoveFrom = new(KeyEventClasses.Generic, "move_from");
    public static readonly KeyEvent MoveTo = new(KeyEventClasses.Generic, "move_to");
    public static readonly KeyEvent New = new(KeyEventClasses.New, "new");
    public static readonly KeyEvent Persist = new(KeyEventClasses.Generic, "persist");
    public static readonly KeyEvent RenameFrom = new(KeyEventClasses.Generic, "rename_from");
    public static readonly KeyEvent RenameTo = new(KeyEventClasses.Generic, "rename_to");
    public static readonly KeyEvent Restore = new(KeyEventClasses.Generic, "restore");
    public static readonly KeyEvent Set = new(KeyEventClasses.String, "set");
    public static readonly KeyEvent SetBit = new(KeyEventClasses.String, "setbit");
    public static readonly KeyEvent SetRange = new(KeyEventClasses.String, "setrange");

    /// <summary>The metadata of a key was replaced (KV.SETMETA); Redis has none.</summary>
    public static readonly KeyEvent SetMetadata = new(KeyEventClasses.String, "setmeta");

    private readonly byte[] name = System.Text.Encoding.ASCII.GetBytes(name);

    /// <summary>The one class that it belongs to.</summary>
    public KeyEventClasses Class { get; } = kind;

    public ReadOnlySpan<byte> Name => name;
}
