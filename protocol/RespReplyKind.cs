namespace RespKv.Protocol;

/// <summary>What a <see cref="RespReply"/> is. RESP2's null bulk string and null array and RESP3's null are one kind.</summary>
public enum RespReplyKind
{
    /// <summary>No value.</summary>
    Null,

    /// <summary>A line of text.</summary>
    SimpleString,

    /// <summary>An error, simple or bulk.</summary>
    Error,

    /// <summary>A signed 64-bit integer.</summary>
    Integer,

    /// <summary>Bytes.</summary>
    BulkString,

    /// <summary>Text with a three-letter format.</summary>
    VerbatimString,

    /// <summary>A double.</summary>
    Double,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>An integer of any length.</summary>
    BigNumber,

    /// <summary>Replies in order.</summary>
    Array,

    /// <summary>Pairs of replies: key, value, key, value.</summary>
    Map,

    /// <summary>Replies in no order.</summary>
    Set,

    /// <summary>A message that answers no request.</summary>
    Push,

    /// <summary>What was said about another reply, see <see cref="RespReply.Attributes"/>; pairs, as in a map.</summary>
    Attribute,
}
