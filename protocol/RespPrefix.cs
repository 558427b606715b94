namespace RespKv.Protocol;

/// <summary>The byte that begins each reply and tells its type. The first five are RESP2; RESP3 adds the others.</summary>
public enum RespPrefix : byte
{
    /// <summary>No prefix; the beginning of no reply.</summary>
    None = 0,

    /// <summary><c>+text\r\n</c>; the text holds no line end.</summary>
    SimpleString = (byte)'+',

    /// <summary><c>-CODE text\r\n</c>; the first word is the error's code.</summary>
    SimpleError = (byte)'-',

    /// <summary><c>:1234\r\n</c>; a signed 64-bit integer.</summary>
    Integer = (byte)':',

    /// <summary><c>$length\r\nbytes\r\n</c>; <c>$-1\r\n</c> is RESP2's null.</summary>
    BulkString = (byte)'$',

    /// <summary><c>*count\r\n</c> and that many replies; <c>*-1\r\n</c> is RESP2's null array.</summary>
    Array = (byte)'*',

    /// <summary><c>_\r\n</c></summary>
    Null = (byte)'_',

    /// <summary><c>#t\r\n</c> or <c>#f\r\n</c></summary>
    Boolean = (byte)'#',

    /// <summary><c>,1.5\r\n</c>; also <c>inf</c>, <c>-inf</c> and <c>nan</c>.</summary>
    Double = (byte)',',

    /// <summary><c>(digits\r\n</c>; an integer of any length.</summary>
    BigNumber = (byte)'(',

    /// <summary><c>!length\r\nCODE text\r\n</c>; an error that may hold line ends.</summary>
    BulkError = (byte)'!',

    /// <summary><c>=length\r\ntxt:bytes\r\n</c>; the length counts the three-letter format and its colon.</summary>
    VerbatimString = (byte)'=',

    /// <summary><c>%pairs\r\n</c>, then a key and a value for each pair.</summary>
    Map = (byte)'%',

    /// <summary><c>~count\r\n</c> and that many replies, in no order.</summary>
    Set = (byte)'~',

    /// <summary><c>|pairs\r\n</c> and the pairs, as a map, then the reply that they describe.</summary>
    Attribute = (byte)'|',

    /// <summary><c>&gt;count\r\n</c> and that many replies; answers no request.</summary>
    Push = (byte)'>',
}
