using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace RespKv.Server.Scripting;

/// <summary>Makes Lua values of a reply as it is on the wire. The reply is the server's own, so nothing in it is doubted.</summary>
internal ref struct LuaReplyReader
{
    // What a table is made large enough for at once; larger ones grow.
    private const int SizeHintMax = 1 << 16;

    private readonly LuaState lua;
    private ReadOnlySpan<byte> rest;

    private LuaReplyReader(LuaState lua, ReadOnlySpan<byte> reply)
    {
        this.lua = lua;
        rest = reply;
    }

    /// <summary>Pushes the value of a reply.</summary>
    public static void Push(LuaState lua, ReadOnlySpan<byte> reply) => new LuaReplyReader(lua, reply).Push();

    /// <summary>Marks the error on top as one that has been counted.</summary>
    public static void MarkCounted(LuaState lua)
    {
        lua.Push(true);
        lua.SetField(-2, "ignore_error_stats_update"u8);
    }

    private void Push()
    {
        lua.HasRoom(8);
        var type = rest[0];
        switch (type)
        {
            case (byte)'$':
                PushBulk();
                break;
            case (byte)':':
                lua.Push((double)Length());
                break;
            case (byte)'+':
                PushField("ok"u8);
                break;
            case (byte)'-':
                LuaErrors.PushReply(lua, "-" + Encoding.Latin1.GetString(Line()));
                MarkCounted(lua);
                break;
            case (byte)'*' or (byte)'>':
                PushArray();
                break;
            case (byte)'%':
                PushMap();
                break;
            case (byte)'~':
                PushSet();
                break;
            case (byte)',':
                PushDouble();
                break;
            case (byte)'#':
                lua.Push(Line()[0] == (byte)'t');
                break;
            case (byte)'(':
                PushField("big_number"u8);
                break;
            case (byte)'=':
                PushVerbatim();
                break;
            case (byte)'|':
                SkipAttributes();
                break;
            default:
                Line();
                lua.PushNil();
                break;
        }
    }

    // The line's text behind its type.
    private ReadOnlySpan<byte> Line()
    {
        var end = rest.IndexOf((byte)'\r');
        var line = rest[1..end];
        rest = rest[(end + 2)..];
        return line;
    }

    private long Length()
    {
        return Utf8Parser.TryParse(Line(), out long value, out _) ? value : 0;
    }

    private ReadOnlySpan<byte> Bulk(int length)
    {
        var bulk = rest[..length];
        rest = rest[(length + 2)..];
        return bulk;
    }

    private void PushBulk()
    {
        var length = (int)Length();
        if (length < 0)
            lua.Push(false);
        else
            lua.Push(Bulk(length));
    }

    private void PushField(ReadOnlySpan<byte> name)
    {
        lua.NewTable(0, 1);
        lua.Push(Line());
        lua.SetField(-2, name);
    }

    private void PushArray()
    {
        var count = Length();
        if (count < 0)
        {
            lua.Push(false);
            return;
        }

        lua.NewTable((int)Math.Min(count, SizeHintMax));
        for (var i = 1L; i <= count; i++)
        {
            Push();
            lua.SetAt(-2, i);
        }
    }

    private void PushMap()
    {
        lua.NewTable(0, 1);
        var pairs = Length();
        lua.NewTable(0, (int)Math.Min(pairs, SizeHintMax));
        for (var i = 0L; i < pairs; i++)
        {
            Push();
            Push();
            lua.Set(-3);
        }

        lua.SetField(-2, "map"u8);
    }

    private void PushSet()
    {
        lua.NewTable(0, 1);
        var count = Length();
        lua.NewTable(0, (int)Math.Min(count, SizeHintMax));
        for (var i = 0L; i < count; i++)
        {
            Push();
            lua.Push(true);
            lua.Set(-3);
        }

        lua.SetField(-2, "set"u8);
    }

    private void PushDouble()
    {
        var text = Encoding.ASCII.GetString(Line());
        lua.NewTable(0, 1);
        lua.Push(text switch
        {
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            "nan" => double.NaN,
            _ => double.Parse(text, CultureInfo.InvariantCulture),
        });
        lua.SetField(-2, "double"u8);
    }

    private void PushVerbatim()
    {
        var text = Bulk((int)Length());
        lua.NewTable(0, 1);
        lua.NewTable(0, 2);
        lua.Push(text[4..]);
        lua.SetField(-2, "string"u8);
        lua.Push(text[..3]);
        lua.SetField(-2, "format"u8);
        lua.SetField(-2, "verbatim_string"u8);
    }

    private void SkipAttributes()
    {
        for (var i = Length() * 2; i > 0; i--)
        {
            Push();
            lua.Pop();
        }

        Push();
    }
}
