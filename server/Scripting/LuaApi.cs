using System.Runtime.InteropServices;

namespace RespKv.Server.Scripting;

/// <summary>
/// Lua's C interface, as KeraLua's package brings it (Lua 5.4). Imported here and not through that package's class, whose calls marshal and allocate.
/// Functions without a transition of the collector are those that neither allocate nor call back.
/// </summary>
internal static unsafe class LuaApi
{
    public const int RegistryIndex = -1_001_000;
    public const int MultipleResults = -1;
    public const int RegistryGlobals = 2;

    public const int Ok = 0;
    public const int Yielded = 1;
    public const int MemoryError = 4;

    public const int MaskReturn = 1 << 1;
    public const int MaskCount = 1 << 3;

    private const string Library = "lua54";

    [DllImport(Library, EntryPoint = "lua_newstate")]
    public static extern nint NewState(delegate* unmanaged[Cdecl]<void*, void*, nuint, nuint, void*> allocate, void* budget);

    [DllImport(Library, EntryPoint = "luaL_newstate")]
    public static extern nint NewStandardState();

    [DllImport(Library, EntryPoint = "lua_getallocf")]
    public static extern nint GetAllocator(nint lua, void** budget);

    [DllImport(Library, EntryPoint = "lua_close")]
    public static extern void Close(nint lua);

    [DllImport(Library, EntryPoint = "lua_newthread")]
    public static extern nint NewThread(nint lua);

    [DllImport(Library, EntryPoint = "lua_pushthread")]
    [SuppressGCTransition]
    public static extern int PushThread(nint lua);

    [DllImport(Library, EntryPoint = "lua_closethread")]
    public static extern int CloseThread(nint lua, nint from);

    [DllImport(Library, EntryPoint = "luaL_requiref")]
    public static extern void Require(nint lua, byte* name, nint opener, int isGlobal);

    [DllImport(Library, EntryPoint = "lua_resume")]
    public static extern int Resume(nint lua, nint from, int arguments, int* results);

    [DllImport(Library, EntryPoint = "lua_pcallk")]
    public static extern int ProtectedCall(nint lua, int arguments, int results, int handler, nint context, nint continuation);

    [DllImport(Library, EntryPoint = "lua_yieldk")]
    public static extern int Yield(nint lua, int results, nint context, nint continuation);

    [DllImport(Library, EntryPoint = "lua_isyieldable")]
    [SuppressGCTransition]
    public static extern int IsYieldable(nint lua);

    [DllImport(Library, EntryPoint = "lua_sethook")]
    [SuppressGCTransition]
    public static extern void SetHook(nint lua, nint hook, int mask, int count);

    [DllImport(Library, EntryPoint = "luaL_loadbufferx")]
    public static extern int Load(nint lua, byte* text, nuint length, byte* name, byte* mode);

    [DllImport(Library, EntryPoint = "luaL_where")]
    public static extern void Where(nint lua, int level);

    [DllImport(Library, EntryPoint = "lua_concat")]
    public static extern void Concat(nint lua, int count);

    [DllImport(Library, EntryPoint = "lua_gc")]
    public static extern int Collect(nint lua, int what, int argument);

    [DllImport(Library, EntryPoint = "luaL_ref")]
    public static extern int Reference(nint lua, int table);

    [DllImport(Library, EntryPoint = "luaL_unref")]
    public static extern void Release(nint lua, int table, int reference);

    [DllImport(Library, EntryPoint = "lua_gettop")]
    [SuppressGCTransition]
    public static extern int GetTop(nint lua);

    [DllImport(Library, EntryPoint = "lua_settop")]
    public static extern void SetTop(nint lua, int index);

    [DllImport(Library, EntryPoint = "lua_checkstack")]
    public static extern int CheckStack(nint lua, int slots);

    [DllImport(Library, EntryPoint = "lua_pushvalue")]
    [SuppressGCTransition]
    public static extern void PushValue(nint lua, int index);

    [DllImport(Library, EntryPoint = "lua_rotate")]
    [SuppressGCTransition]
    public static extern void Rotate(nint lua, int index, int count);

    [DllImport(Library, EntryPoint = "lua_xmove")]
    [SuppressGCTransition]
    public static extern void MoveTo(nint lua, nint target, int count);

    [DllImport(Library, EntryPoint = "lua_type")]
    [SuppressGCTransition]
    public static extern LuaType TypeOf(nint lua, int index);

    [DllImport(Library, EntryPoint = "lua_isinteger")]
    [SuppressGCTransition]
    public static extern int IsInteger(nint lua, int index);

    [DllImport(Library, EntryPoint = "lua_toboolean")]
    [SuppressGCTransition]
    public static extern int ToBoolean(nint lua, int index);

    [DllImport(Library, EntryPoint = "lua_tonumberx")]
    [SuppressGCTransition]
    public static extern double ToNumber(nint lua, int index, int* isNumber);

    [DllImport(Library, EntryPoint = "lua_tolstring")]
    public static extern byte* ToText(nint lua, int index, nuint* length);

    /// <summary>The same for what is known to be a string: nothing is converted, so nothing allocated.</summary>
    [DllImport(Library, EntryPoint = "lua_tolstring")]
    [SuppressGCTransition]
    public static extern byte* TextOf(nint lua, int index, nuint* length);

    [DllImport(Library, EntryPoint = "lua_topointer")]
    [SuppressGCTransition]
    public static extern nint ToPointer(nint lua, int index);

    [DllImport(Library, EntryPoint = "lua_rawequal")]
    [SuppressGCTransition]
    public static extern int RawEqual(nint lua, int first, int second);

    [DllImport(Library, EntryPoint = "lua_pushnil")]
    [SuppressGCTransition]
    public static extern void PushNil(nint lua);

    [DllImport(Library, EntryPoint = "lua_pushboolean")]
    [SuppressGCTransition]
    public static extern void PushBoolean(nint lua, int value);

    [DllImport(Library, EntryPoint = "lua_pushnumber")]
    [SuppressGCTransition]
    public static extern void PushNumber(nint lua, double value);

    [DllImport(Library, EntryPoint = "lua_pushinteger")]
    [SuppressGCTransition]
    public static extern void PushInteger(nint lua, long value);

    [DllImport(Library, EntryPoint = "lua_pushlightuserdata")]
    [SuppressGCTransition]
    public static extern void PushLight(nint lua, nint value);

    [DllImport(Library, EntryPoint = "lua_pushlstring")]
    public static extern byte* PushText(nint lua, byte* text, nuint length);

    [DllImport(Library, EntryPoint = "lua_pushcclosure")]
    public static extern void PushFunction(nint lua, nint function, int upvalues);

    [DllImport(Library, EntryPoint = "lua_createtable")]
    public static extern void CreateTable(nint lua, int items, int fields);

    [DllImport(Library, EntryPoint = "lua_rawget")]
    [SuppressGCTransition]
    public static extern LuaType RawGet(nint lua, int table);

    [DllImport(Library, EntryPoint = "lua_rawgeti")]
    [SuppressGCTransition]
    public static extern LuaType RawGetAt(nint lua, int table, long key);

    [DllImport(Library, EntryPoint = "lua_rawset")]
    public static extern void RawSet(nint lua, int table);

    [DllImport(Library, EntryPoint = "lua_rawseti")]
    public static extern void RawSetAt(nint lua, int table, long key);

    [DllImport(Library, EntryPoint = "lua_rawlen")]
    [SuppressGCTransition]
    public static extern ulong RawLength(nint lua, int index);

    [DllImport(Library, EntryPoint = "lua_next")]
    [SuppressGCTransition]
    public static extern int Next(nint lua, int table);

    [DllImport(Library, EntryPoint = "lua_getmetatable")]
    [SuppressGCTransition]
    public static extern int GetMetatable(nint lua, int index);

    [DllImport(Library, EntryPoint = "lua_setmetatable")]
    public static extern int SetMetatable(nint lua, int index);

    [DllImport(Library, EntryPoint = "lua_setupvalue")]
    public static extern byte* SetUpvalue(nint lua, int function, int index);

    /// <summary>Where a function of the library is, for what takes it as a pointer.</summary>
    public static nint AddressOf(string name) => NativeLibrary.GetExport(Handle, name);

    private static readonly nint Handle = NativeLibrary.Load(Library, typeof(LuaApi).Assembly, null);
}

/// <summary>What a value is.</summary>
internal enum LuaType
{
    None = -1,
    Nil = 0,
    Boolean = 1,
    LightUserData = 2,
    Number = 3,
    Text = 4,
    Table = 5,
    Function = 6,
    UserData = 7,
    Thread = 8,
}
