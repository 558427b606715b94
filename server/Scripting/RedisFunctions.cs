using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using RespKv.Protocol;

namespace RespKv.Server.Scripting;

/// <summary>The functions of <c>redis</c>. Errors are tables with the text under <c>err</c>.</summary>
internal sealed class RedisFunctions(LuaMachine machine)
{
    private const string NotRunning = "redis.call/pcall can only be called inside a script invocation";

    // Buffers above this are given back after the call.
    private const int BytesKept = 64 * 1024;

    private readonly RespRequest request = new();
    private byte[] bytes = new byte[1024];
    private int[] ends = new int[16];

    /// <summary>redis.call(command, ...) and redis.pcall(command, ...)</summary>
    public int Call(LuaState lua, bool raises)
    {
        var problem = machine.Host == null ? NotRunning : TakeArguments(lua);
        if (problem != null)
        {
            LuaErrors.PushReply(lua, problem);
            return raises ? LuaErrors.RaiseTop(lua) : 1;
        }

        lua.SetTop(0);
        var refusal = machine.Host!.Call(request, out var reply);
        var isError = true;
        if (refusal != null)
        {
            LuaErrors.PushReply(lua, refusal);
            LuaReplyReader.MarkCounted(lua);
        }
        else
        {
            isError = reply[0] == (byte)'-';
            LuaReplyReader.Push(lua, reply);
        }

        LetGo();
        return raises && isError ? LuaErrors.RaiseTop(lua) : 1;
    }

    /// <summary>redis.acl_check_cmd(command, ...)</summary>
    public int MayCall(LuaState lua)
    {
        if ((machine.Host == null ? NotRunning : TakeArguments(lua)) is { } problem)
            return LuaErrors.RaiseReply(lua, problem);
        if (machine.Host!.MayCall(request) is not { } may)
            return LuaErrors.RaiseReply(lua, "Invalid command passed to redis.acl_check_cmd()");
        LetGo();
        lua.Push(may);
        return 1;
    }

    /// <summary>redis.log(level, text, ...)</summary>
    public int Log(LuaState lua)
    {
        if (lua.Top < 2)
            return LuaErrors.RaiseReply(lua, "redis.log() requires two arguments or more.");
        if (!lua.TryGetNumber(1, out var level))
            return LuaErrors.RaiseReply(lua, "First argument must be a number (log level).");
        if (level is < 0 or > 3)
            return LuaErrors.RaiseReply(lua, "Invalid log level.");
        var text = new StringBuilder();
        for (var i = 2; i <= lua.Top; i++)
        {
            if (!lua.IsTextOrNumber(i))
                continue;
            if (i > 2)
                text.Append(' ');
            text.Append(Encoding.UTF8.GetString(lua.Bytes(i, "log")));
        }

        machine.Host?.Log((int)level, text.ToString());
        return 0;
    }

    /// <summary>redis.setresp(version)</summary>
    public int SetProtocol(LuaState lua)
    {
        if (lua.Top != 1)
            return LuaErrors.RaiseReply(lua, "redis.setresp() requires one argument.");
        var version = (int)lua.ToNumber(1);
        if (version is not (2 or 3))
            return LuaErrors.RaiseReply(lua, "RESP version must be 2 or 3.");
        machine.Host?.SetProtocol(version);
        return 0;
    }

    /// <summary>redis.set_repl(flags): checked, and then of no consequence, since every change is logged.</summary>
    public static int SetReplication(LuaState lua)
    {
        const int all = 3;
        if (lua.Top != 1)
            return LuaErrors.RaiseReply(lua, "redis.set_repl() requires one argument.");
        return ((int)lua.ToNumber(1) & ~all) == 0
            ? 0
            : LuaErrors.RaiseReply(lua, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
    }

    /// <summary>redis.sha1hex(text)</summary>
    public static int Sha1Hex(LuaState lua)
    {
        if (lua.Top != 1)
            return LuaErrors.RaiseReply(lua, "wrong number of arguments");
        lua.Push(Sha1Hex(lua.IsTextOrNumber(1) ? lua.Bytes(1, "sha1hex") : []));
        return 1;
    }

    /// <summary>SHA-1 in hexadecimal digits of lower case.</summary>
    public static string Sha1Hex(ReadOnlySpan<byte> text)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // Names scripts, as the protocol has it; nothing is secured by it.
        SHA1.HashData(text, hash);
#pragma warning restore CA5350
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>redis.error_reply(text)</summary>
    public static int ErrorReply(LuaState lua)
    {
        if (lua.Top != 1 || !lua.IsText(1))
        {
            LuaErrors.PushReply(lua, "wrong number or type of arguments");
            return 1;
        }

        var text = lua.Latin(1)!;
        LuaErrors.PushReply(lua, text.StartsWith('-') ? text : "-" + text);
        return 1;
    }

    /// <summary>redis.status_reply(text)</summary>
    public static int StatusReply(LuaState lua)
    {
        if (lua.Top != 1 || !lua.IsText(1))
        {
            LuaErrors.PushReply(lua, "wrong number or type of arguments");
            return 1;
        }

        lua.NewTable(0, 1);
        lua.PushValue(1);
        lua.SetField(-2, "ok"u8);
        return 1;
    }

    /// <summary>A number as an argument of a command: whole ones without a point, others with the fewest digits that read back the same.</summary>
    internal static string NumberText(double value)
    {
        const double wholeMax = long.MaxValue / 2;
        if (value is >= -wholeMax and <= wholeMax && Math.Floor(value) == value)
            return ((long)value).ToString(CultureInfo.InvariantCulture);
        return RespReplyWriter.FormatDouble(value);
    }

    // Lays the arguments side by side as a request; the result is what is wrong with them.
    private string? TakeArguments(LuaState lua)
    {
        var count = lua.Top;
        if (count == 0)
            return "Please specify at least one argument for this redis lib call";
        if (ends.Length < count)
            ends = new int[count * 2];
        var length = 0;
        for (var i = 0; i < count; i++)
        {
            switch (lua.TypeOf(i + 1))
            {
                case LuaType.Text:
                    Append(lua.Text(i + 1), ref length);
                    break;
                case LuaType.Number:
                    AppendNumber(lua.ToNumber(i + 1), ref length);
                    break;
                default:
                    return "Lua redis lib command arguments must be strings or integers";
            }

            ends[i] = length;
        }

        request.Take(bytes, ends.AsSpan(0, count));
        return null;
    }

    private void AppendNumber(double value, ref int length)
    {
        Span<byte> digits = stackalloc byte[32];
        const double wholeMax = long.MaxValue / 2;
        if (value is >= -wholeMax and <= wholeMax && Math.Floor(value) == value)
        {
            System.Buffers.Text.Utf8Formatter.TryFormat((long)value, digits, out var written);
            Append(digits[..written], ref length);
            return;
        }

        var text = NumberText(value);
        Append(digits[..Encoding.ASCII.GetBytes(text, digits)], ref length);
    }

    private void Append(ReadOnlySpan<byte> argument, ref int length)
    {
        if (bytes.Length - length < argument.Length)
            Array.Resize(ref bytes, Math.Max(bytes.Length * 2, checked(length + argument.Length)));
        argument.CopyTo(bytes.AsSpan(length));
        length += argument.Length;
    }

    private void LetGo()
    {
        request.Release();
        if (bytes.Length > BytesKept)
            bytes = new byte[1024];
    }
}
