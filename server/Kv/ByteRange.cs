namespace RespKv.Server.Kv;

/// <summary>The bytes of a string from one index to another, both included; negative ones count from the end, as GETRANGE has it.</summary>
internal readonly record struct ByteRange(long From, long To)
{
    /// <summary>All of it.</summary>
    public static readonly ByteRange Whole = new(0, -1);

    /// <summary>Where it begins in a string of so many bytes, and how many of them there are.</summary>
    public (int First, int Length) In(long length)
    {
        if (From < 0 && To < 0 && From > To)
            return (0, 0);
        var first = Math.Max(From < 0 ? From + length : From, 0);
        var last = Math.Min(Math.Max(To < 0 ? To + length : To, 0), length - 1);
        return first > last || length == 0 ? (0, 0) : ((int)first, (int)(last - first + 1));
    }
}
