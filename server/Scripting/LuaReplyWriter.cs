using System.Runtime.CompilerServices;
using RespKv.Protocol;

namespace RespKv.Server.Scripting;

/// <summary>Writes what a script returned as a reply.</summary>
/// <param name="lua">The thread with the value.</param>
/// <param name="reply">Takes the reply, in the client's protocol.</param>
/// <param name="scriptProtocol">The protocol that the script chose.</param>
/// <param name="host">Told each error that has not been counted.</param>
internal readonly struct LuaReplyWriter(LuaState lua, RespReplyWriter reply, int scriptProtocol, IScriptHost host)
{
    private const string TooDeep = "ERR reached lua stack limit";

    // Tables in tables; Lua's own stack has room for more, but not a thread's.
    private const int DepthMax = 4000;

    /// <summary>Writes the value on top, and takes it from there.</summary>
    public void Write() => Write(0);

    private void Write(int depth)
    {
        if (depth > DepthMax || !lua.HasRoom(5) || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            Error(TooDeep);
            lua.Pop();
            return;
        }

        switch (lua.TypeOf(-1))
        {
            case LuaType.Text:
                reply.BulkString(lua.Text(-1));
                break;
            case LuaType.Number:
                reply.Integer(LuaArguments.ToInt64(lua.ToNumber(-1)));
                break;
            case LuaType.Boolean when scriptProtocol >= 3:
                reply.Boolean(lua.ToBoolean(-1));
                break;
            case LuaType.Boolean when lua.ToBoolean(-1):
                reply.Integer(1);
                break;
            case LuaType.Table:
                WriteTable(depth);
                break;
            default:
                reply.Null();
                break;
        }

        lua.Pop();
    }

    private void WriteTable(int depth)
    {
        if (lua.GetField(-1, "err"u8) == LuaType.Text)
            WriteError();
        else if (Instead("ok"u8) == LuaType.Text)
            reply.SimpleString(Cleaned(lua.Text(-1)));
        else if (Instead("double"u8) == LuaType.Number)
            reply.Double(lua.ToNumber(-1));
        else if (Instead("big_number"u8) == LuaType.Text)
            reply.BigNumber(System.Text.Encoding.Latin1.GetString(Cleaned(lua.Text(-1))));
        else if (Instead("verbatim_string"u8) == LuaType.Table && TryWriteVerbatim())
            lua.HasRoom(1);
        else if (Instead("map"u8) == LuaType.Table)
            WriteMap(depth);
        else if (Instead("set"u8) == LuaType.Table)
            WriteSet(depth);
        else
            WriteArray(depth);
        lua.Pop();
    }

    private LuaType Instead(ReadOnlySpan<byte> name)
    {
        lua.Pop();
        return lua.GetField(-1, name);
    }

    private void WriteError()
    {
        var text = lua.Latin(-1)!;
        lua.GetField(-2, "ignore_error_stats_update"u8);
        var isCounted = lua.ToBoolean(-1);
        lua.Pop();
        host.NoteError(text, isCounted);
        reply.Error(text);
    }

    private void Error(string text)
    {
        host.NoteError(text, isCounted: false);
        reply.Error(text);
    }

    private bool TryWriteVerbatim()
    {
        var isText = lua.GetField(-1, "format"u8) == LuaType.Text & lua.GetField(-2, "string"u8) == LuaType.Text;
        if (isText)
        {
            Span<byte> format = stackalloc byte[3];
            format.Fill((byte)' ');
            var given = lua.Text(-2);
            given[..Math.Min(3, given.Length)].CopyTo(format);
            reply.Verbatim(format, lua.Text(-1));
        }

        lua.Pop(2);
        return isText;
    }

    private void WriteMap(int depth)
    {
        reply.Map(Count());
        lua.PushNil();
        while (lua.Next(-2))
        {
            lua.PushValue(-2);
            Write(depth + 1);
            Write(depth + 1);
        }
    }

    private void WriteSet(int depth)
    {
        reply.Set(Count());
        lua.PushNil();
        while (lua.Next(-2))
        {
            lua.Pop();
            lua.PushValue(-1);
            Write(depth + 1);
        }
    }

    // Up to the first hole.
    private void WriteArray(int depth)
    {
        var count = 0L;
        while (lua.GetAt(-2, count + 1) != LuaType.Nil)
        {
            count++;
            lua.Pop();
        }

        lua.Pop();
        reply.Array(count);
        for (var i = 1L; i <= count; i++)
        {
            lua.GetAt(-2, i);
            Write(depth + 1);
        }
    }

    private long Count()
    {
        var count = 0L;
        lua.PushNil();
        while (lua.Next(-2))
        {
            count++;
            lua.Pop();
        }

        return count;
    }

    // A simple string is one line.
    private static ReadOnlySpan<byte> Cleaned(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAny((byte)'\r', (byte)'\n') < 0)
            return text;
        var clean = text.ToArray();
        clean.AsSpan().Replace((byte)'\r', (byte)' ');
        clean.AsSpan().Replace((byte)'\n', (byte)' ');
        return clean;
    }
}
