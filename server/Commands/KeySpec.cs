namespace RespKv.Server.Commands;

/// <summary>What a command does to its keys, in the words of Redis's key specifications.</summary>
[Flags]
internal enum KeyUse
{
    /// <summary>Reads the value, and may write it.</summary>
    ReadWrite = 1 << 0,

    /// <summary>Only reads.</summary>
    ReadOnly = 1 << 1,

    /// <summary>Overwrites without reading.</summary>
    Overwrite = 1 << 2,

    /// <summary>Deletes.</summary>
    Remove = 1 << 3,

    /// <summary>Hands out the value or what it is made of.</summary>
    Access = 1 << 4,

    /// <summary>Changes the value in place.</summary>
    Update = 1 << 5,

    /// <summary>Adds to the value.</summary>
    Insert = 1 << 6,

    /// <summary>Deletes from the value.</summary>
    Delete = 1 << 7,

    /// <summary>Other arguments make it more than it says.</summary>
    VariableFlags = 1 << 8,

    /// <summary>Not a key, though routed as one: a shard channel.</summary>
    NotKey = 1 << 9,

    /// <summary>What clients find by the specification may not be all.</summary>
    Incomplete = 1 << 10,
}

/// <summary>Where a command that is about all keys with a prefix has that prefix.</summary>
internal enum KeyPrefixAt
{
    Nowhere,

    /// <summary>The first argument.</summary>
    First,

    /// <summary>Behind the word PREFIX; without it the command is about all keys.</summary>
    Option,
}

/// <summary>
/// Where a command has keys. <see cref="First"/> counts the command's name as 0; <see cref="Last"/> is absolute, or counts from the end when negative.
/// </summary>
internal readonly record struct KeySpec(int First, int Last, int Step, KeyUse Use)
{
    public static readonly KeySpec None;

    public bool HasKeys => (First > 0 || CountAt > 0 || Word != null) && !Use.HasFlag(KeyUse.NotKey);

    /// <summary>A word that decides where the keys are: where there is a <see cref="First"/>, they are there only without that word, else all arguments behind it are keys. Null for none.</summary>
    public string? Word { get; init; }

    /// <summary>Where the number of keys is, which follow it; 0 where their places are known.</summary>
    public int CountAt { get; init; }

    /// <summary>What COMMAND INFO remarks; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>One key, the first argument.</summary>
    public static KeySpec One(KeyUse use) => At(1, use);

    /// <summary>One key at that place.</summary>
    public static KeySpec At(int position, KeyUse use) => new(position, position, 1, use);

    /// <summary>A number of keys at that place, and so many keys behind it.</summary>
    public static KeySpec Counted(int position, KeyUse use) => new(0, 0, 0, use) { CountAt = position };

    /// <summary>All arguments behind a word.</summary>
    public static KeySpec Behind(string word, KeyUse use) => new(0, 0, 0, use) { Word = word };

    /// <summary>Two keys, the first two arguments.</summary>
    public static KeySpec Two(KeyUse use) => new(1, 2, 1, use);

    /// <summary>All arguments are keys.</summary>
    public static KeySpec All(KeyUse use) => new(1, -1, 1, use);

    /// <summary>Every second argument is a key, values between them.</summary>
    public static KeySpec Pairs(KeyUse use) => new(1, -1, 2, use);
}
