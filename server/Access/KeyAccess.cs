using System.Text;

namespace RespKv.Server.Access;

/// <summary>What is done to a key, as far as permissions tell it apart.</summary>
[Flags]
internal enum KeyAccess
{
    /// <summary>It is named, and neither is its value handed out nor changed.</summary>
    None = 0,

    Read = 1 << 0,

    Write = 1 << 1,

    All = Read | Write,
}

/// <summary>A pattern of keys and what may be done to those that match.</summary>
internal sealed record KeyPattern(string Text, KeyAccess Access)
{
    /// <summary>The pattern as bytes.</summary>
    public byte[] Bytes { get; } = Encoding.Latin1.GetBytes(Text);

    /// <summary>The rule that gives it.</summary>
    public override string ToString() => (Access switch { KeyAccess.Read => "%R~", KeyAccess.Write => "%W~", _ => "~" }) + Text;
}
