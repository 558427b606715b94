using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RespKv.Server.Scripting.Libraries;
using RespKv.Server.Scripting.Syntax;

namespace RespKv.Server.Scripting;

/// <summary>The functions that Lua calls here: those of <c>redis</c>, of the libraries, and what the prelude needs.</summary>
internal sealed unsafe partial class LuaMachine
{
    private delegate int Body(LuaMachine machine, LuaState lua);

    private RedisFunctions? redis;

    private RedisFunctions Redis => redis ??= new RedisFunctions(this);

    /// <summary>State of <c>math.random</c>.</summary>
    public LuaRandom Random { get; } = new();

    /// <summary>Settings of <c>cjson</c>.</summary>
    public JsonSettings Json { get; } = new();

    // Marks where managed code begins and ends, and turns its faults into errors of the script.
    private static int Enter(nint pointer, Body body)
    {
        var machine = Of(pointer);
        var lua = new LuaState(pointer);
        machine.memory.LeaveLua();
        try
        {
            return body(machine, lua);
        }
        catch (LuaErrorException error)
        {
            return LuaErrors.Raise(lua, error.Message, error.HasPlace);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            return LuaErrors.RaiseReply(lua, "internal error: " + fault.Message);
        }
        finally
        {
            machine.memory.EnterLua();
        }
    }

    /// <summary>Pushes a table of all functions.</summary>
    private static void PushFunctions(LuaState lua)
    {
        lua.NewTable(0, 40);
        Add(lua, "call"u8, &Call);
        Add(lua, "pcall"u8, &PCall);
        Add(lua, "log"u8, &Log);
        Add(lua, "sha1hex"u8, &Sha1Hex);
        Add(lua, "error_reply"u8, &ErrorReply);
        Add(lua, "status_reply"u8, &StatusReply);
        Add(lua, "setresp"u8, &SetResp);
        Add(lua, "set_repl"u8, &SetRepl);
        Add(lua, "acl_check_cmd"u8, &AclCheckCommand);
        Add(lua, "register_function"u8, &RegisterFunction);
        Add(lua, "caught"u8, &Caught);
        Add(lua, "running"u8, &Running);
        Add(lua, "translate"u8, &Translate);
        Add(lua, "format"u8, &Format);
        Add(lua, "concat"u8, &Concat);
        Add(lua, "random"u8, &NextRandom);
        Add(lua, "randomseed"u8, &SeedRandom);
        Add(lua, "tanh"u8, &Tanh);
        Add(lua, "frexp"u8, &FrExp);
        Add(lua, "clock"u8, &Clock);
        AddBit(lua);
        AddStruct(lua);
        AddJson(lua);
        AddMessagePack(lua);
    }

    private static void AddBit(LuaState lua)
    {
        lua.NewTable(0, 12);
        Add(lua, "tobit"u8, &BitToBit);
        Add(lua, "bnot"u8, &BitNot);
        Add(lua, "band"u8, &BitAnd);
        Add(lua, "bor"u8, &BitOr);
        Add(lua, "bxor"u8, &BitXor);
        Add(lua, "lshift"u8, &BitShiftLeft);
        Add(lua, "rshift"u8, &BitShiftRight);
        Add(lua, "arshift"u8, &BitShiftSigned);
        Add(lua, "rol"u8, &BitRotateLeft);
        Add(lua, "ror"u8, &BitRotateRight);
        Add(lua, "bswap"u8, &BitSwap);
        Add(lua, "tohex"u8, &BitToHex);
        lua.SetField(-2, "bit"u8);
    }

    private static void AddStruct(LuaState lua)
    {
        lua.NewTable(0, 3);
        Add(lua, "pack"u8, &StructPack);
        Add(lua, "unpack"u8, &StructUnpack);
        Add(lua, "size"u8, &StructSize);
        lua.SetField(-2, "struct"u8);
    }

    private static void AddJson(LuaState lua)
    {
        lua.NewTable(0, 11);
        Add(lua, "encode"u8, &JsonEncode);
        Add(lua, "decode"u8, &JsonDecode);
        Add(lua, "encode_sparse_array"u8, &JsonSparseArray);
        Add(lua, "encode_max_depth"u8, &JsonEncodeDepth);
        Add(lua, "decode_max_depth"u8, &JsonDecodeDepth);
        Add(lua, "encode_number_precision"u8, &JsonPrecision);
        Add(lua, "encode_keep_buffer"u8, &JsonKeepBuffer);
        Add(lua, "encode_invalid_numbers"u8, &JsonEncodeInvalid);
        Add(lua, "decode_invalid_numbers"u8, &JsonDecodeInvalid);
        LuaApi.PushLight(lua.Pointer, 0);
        lua.SetField(-2, "null"u8);
        lua.Push("cjson"u8);
        lua.SetField(-2, "_NAME"u8);
        lua.Push("2.1.0"u8);
        lua.SetField(-2, "_VERSION"u8);
        lua.SetField(-2, "cjson"u8);
    }

    private static void AddMessagePack(LuaState lua)
    {
        lua.NewTable(0, 8);
        Add(lua, "pack"u8, &MessagePackPack);
        Add(lua, "unpack"u8, &MessagePackUnpack);
        Add(lua, "unpack_one"u8, &MessagePackUnpackOne);
        Add(lua, "unpack_limit"u8, &MessagePackUnpackLimit);
        lua.Push("cmsgpack"u8);
        lua.SetField(-2, "_NAME"u8);
        lua.Push("lua-cmsgpack 0.4.0"u8);
        lua.SetField(-2, "_VERSION"u8);
        lua.Push("MessagePack C implementation for Lua"u8);
        lua.SetField(-2, "_DESCRIPTION"u8);
        lua.SetField(-2, "cmsgpack"u8);
    }

    private static void Add(LuaState lua, ReadOnlySpan<byte> name, delegate* unmanaged[Cdecl]<nint, int> function)
    {
        lua.PushFunction(function);
        lua.SetField(-2, name);
    }

    // An error has been caught: it is not to be raised again, unless the script is to end.
    private int OnCaught(LuaState lua)
    {
        if (isKilled)
            LuaErrors.RaiseAlways(lua);
        else
            SetCountHook(lua);
        return 0;
    }

    private int OnRunning(LuaState lua)
    {
        if (lua.Pointer == thread.Pointer || LuaApi.PushThread(lua.Pointer) != 0)
            lua.PushNil();
        return 1;
    }

    // What is wrong is a result, for loadstring to return.
    private static int OnTranslate(LuaState lua)
    {
        try
        {
            lua.Push(LuaTranslator.Translate(lua.Latin(1)!, LuaChunk.Shown(lua.Latin(2) ?? "?")));
            return 1;
        }
        catch (LuaSyntaxException fault)
        {
            lua.PushNil();
            lua.Push(fault.Message);
            return 2;
        }
    }

    private int OnRegisterFunction(LuaState lua) => LuaRegistrations.Register(this, lua);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Call(nint lua) => Enter(lua, static (machine, state) => machine.Redis.Call(state, raises: true));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int PCall(nint lua) => Enter(lua, static (machine, state) => machine.Redis.Call(state, raises: false));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Log(nint lua) => Enter(lua, static (machine, state) => machine.Redis.Log(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Sha1Hex(nint lua) => Enter(lua, static (machine, state) => RedisFunctions.Sha1Hex(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int ErrorReply(nint lua) => Enter(lua, static (machine, state) => RedisFunctions.ErrorReply(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int StatusReply(nint lua) => Enter(lua, static (machine, state) => RedisFunctions.StatusReply(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SetResp(nint lua) => Enter(lua, static (machine, state) => machine.Redis.SetProtocol(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SetRepl(nint lua) => Enter(lua, static (machine, state) => RedisFunctions.SetReplication(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int AclCheckCommand(nint lua) => Enter(lua, static (machine, state) => machine.Redis.MayCall(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int RegisterFunction(nint lua) => Enter(lua, static (machine, state) => machine.OnRegisterFunction(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Caught(nint lua) => Enter(lua, static (machine, state) => machine.OnCaught(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Running(nint lua) => Enter(lua, static (machine, state) => machine.OnRunning(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Translate(nint lua) => Enter(lua, static (machine, state) => OnTranslate(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Format(nint lua) => Enter(lua, static (machine, state) => LuaFormat.Format(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Concat(nint lua) => Enter(lua, static (machine, state) => LuaFormat.Concat(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int NextRandom(nint lua) => Enter(lua, static (machine, state) => machine.Random.Next(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int SeedRandom(nint lua) => Enter(lua, static (machine, state) => machine.Random.Seed(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Tanh(nint lua) => Enter(lua, static (machine, state) => LuaMath.Tanh(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int FrExp(nint lua) => Enter(lua, static (machine, state) => LuaMath.FrExp(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Clock(nint lua) => Enter(lua, static (machine, state) => LuaMath.Clock(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int BitToBit(nint lua) => Enter(lua, static (machine, state) => BitLibrary.ToBit(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int BitNot(nint lua) => Enter(lua, static (machine, state) => BitLibrary.Not(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int BitAnd(nint lua) => Enter(lua, static (machine, state) => BitLibrary.And(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int BitOr(nint lua) => Enter(lua, static (machine, state) => BitLibrary.Or(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int BitXor(nint lua) => Enter(lua, static (machine, state) => BitLibrary.Xor(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int BitShiftLeft(nint lua) => Enter(lua, static (machine, state) => BitLibrary.ShiftLeft(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int BitShiftRight(nint lua) => Enter(lua, static (machine, state) => BitLibrary.ShiftRight(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int BitShiftSigned(nint lua) => Enter(lua, static (machine, state) => BitLibrary.ShiftSigned(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int BitRotateLeft(nint lua) => Enter(lua, static (machine, state) => BitLibrary.RotateLeft(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int BitRotateRight(nint lua) => Enter(lua, static (machine, state) => BitLibrary.RotateRight(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int BitSwap(nint lua) => Enter(lua, static (machine, state) => BitLibrary.Swap(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int BitToHex(nint lua) => Enter(lua, static (machine, state) => BitLibrary.ToHex(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int StructPack(nint lua) => Enter(lua, static (machine, state) => StructLibrary.Pack(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int StructUnpack(nint lua) => Enter(lua, static (machine, state) => StructLibrary.Unpack(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int StructSize(nint lua) => Enter(lua, static (machine, state) => StructLibrary.Size(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int JsonEncode(nint lua) => Enter(lua, static (machine, state) => JsonEncoder.Encode(machine.Json, state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int JsonDecode(nint lua) => Enter(lua, static (machine, state) => JsonDecoder.Decode(machine.Json, state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int JsonSparseArray(nint lua) => Enter(lua, static (machine, state) => machine.Json.SparseArray(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int JsonEncodeDepth(nint lua) => Enter(lua, static (machine, state) => machine.Json.EncodeDepth(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int JsonDecodeDepth(nint lua) => Enter(lua, static (machine, state) => machine.Json.DecodeDepth(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int JsonPrecision(nint lua) => Enter(lua, static (machine, state) => machine.Json.NumberPrecision(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int JsonKeepBuffer(nint lua) => Enter(lua, static (machine, state) => machine.Json.KeepBuffer(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int JsonEncodeInvalid(nint lua) => Enter(lua, static (machine, state) => machine.Json.EncodeInvalidNumbers(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int JsonDecodeInvalid(nint lua) => Enter(lua, static (machine, state) => machine.Json.DecodeInvalidNumbers(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int MessagePackPack(nint lua) => Enter(lua, static (machine, state) => MessagePackWriter.Pack(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int MessagePackUnpack(nint lua) => Enter(lua, static (machine, state) => MessagePackReader.Unpack(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int MessagePackUnpackOne(nint lua) => Enter(lua, static (machine, state) => MessagePackReader.UnpackOne(state));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int MessagePackUnpackLimit(nint lua) => Enter(lua, static (machine, state) => MessagePackReader.UnpackLimit(state));
}
