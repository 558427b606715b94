using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using RespKv.Server.Scripting.Syntax;

namespace RespKv.Server.Scripting;

/// <summary>
/// A Lua state made to look like the one in Redis: what scripts of 5.1 see, and no more, all of it read-only. One thread at a time, though not always the
/// same one. Scripts are compiled once and kept under references.
/// </summary>
internal sealed unsafe partial class LuaMachine : IDisposable
{
    /// <summary>The name that scripts of EVAL and of functions have in errors, behind an <c>@</c>.</summary>
    public const string ScriptName = "@user_script";

    public const string FunctionName = "@user_function";

    // Lua instructions between two looks whether the script is to end: some tens of microseconds.
    private const int InstructionsPerLook = 10_000;

    private static readonly string Prelude = ReadPrelude();

    private readonly LuaMemory memory = new();
    private readonly LuaState main;
    private readonly GCHandle self;
    private readonly int environment;
    private readonly int globals;
    private readonly int textOf;
    private readonly int explain;
    private readonly int setLoading;
    private readonly int allOf;
    private LuaState thread;
    private int threadKept;
    private bool isKilled;
    private bool isPausing;

    /// <param name="version">What <c>redis.REDIS_VERSION</c> says.</param>
    /// <param name="isForFunctions">Whether it is to load libraries of functions, which see KEYS and ARGV as arguments.</param>
    public LuaMachine(Version version, bool isForFunctions)
    {
        memory.LimitBytes = long.MaxValue;
        IsForFunctions = isForFunctions;
        main = new LuaState(memory.NewState());
        self = GCHandle.Alloc(this, GCHandleType.Weak);
        *SelfOf(main.Pointer) = GCHandle.ToIntPtr(self);
        OpenLibraries();
        RunPrelude(version, isForFunctions);
        main.GetAt(-1, 1);
        environment = main.Keep();
        main.GetAt(-1, 2);
        globals = main.Keep();
        main.GetAt(-1, 3);
        textOf = main.Keep();
        main.GetAt(-1, 4);
        explain = main.Keep();
        main.GetAt(-1, 5);
        setLoading = main.Keep();
        main.GetAt(-1, 6);
        allOf = main.Keep();
        main.SetTop(0);
        main.Push("KEYS"u8);
        Keys = main.Keep();
        main.Push("ARGV"u8);
        Arguments = main.Keep();
        NewThread();
    }

    public bool IsForFunctions { get; }

    /// <summary>Where the name of the array of keys is kept.</summary>
    public int Keys { get; }

    /// <summary>Where the name of the array of arguments is kept.</summary>
    public int Arguments { get; }

    /// <summary>What serves the running script; null while none runs.</summary>
    public IScriptHost? Host { get; set; }

    /// <summary>Bytes in use.</summary>
    public long UsedBytes => memory.UsedBytes;

    /// <summary>Bytes that it may use; past them a script gets the error that there is not enough memory.</summary>
    public long LimitBytes
    {
        set => memory.LimitBytes = value;
    }

    /// <summary>Whether a library of functions is being loaded.</summary>
    public bool IsLoading { get; set; }

    /// <summary>Functions that a library registers while it is loaded.</summary>
    public List<LuaRegistration> Registrations { get; } = [];

    /// <summary>The thread that scripts run on; its top is what one returned.</summary>
    public LuaState Thread => thread;

    /// <summary>Compiles a script and keeps it; the result is its reference.</summary>
    /// <exception cref="LuaSyntaxException">It is not Lua 5.1.</exception>
    public int Compile(string source, string name)
    {
        LoadTranslated(main, LuaTranslator.Translate(source, LuaChunk.Shown(name)), name);
        return main.Keep();
    }

    public void Release(int reference) => LuaApi.Release(main.Pointer, LuaApi.RegistryIndex, reference);

    /// <summary>Makes an array of arguments the global of a name, or, for functions, an argument.</summary>
    /// <param name="name">Where the name is kept: <see cref="Keys"/> or <see cref="Arguments"/>.</param>
    /// <param name="request">What has them.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many there are.</param>
    public void PassArray(int name, Protocol.RespRequest request, int first, int count)
    {
        var target = IsForFunctions ? thread : main;
        if (!IsForFunctions)
        {
            main.PushKept(globals);
            main.PushKept(name);
        }

        target.NewTable(count);
        for (var i = 0; i < count; i++)
        {
            target.Push(request[first + i]);
            target.SetAt(-2, i + 1);
        }

        if (IsForFunctions)
            return;
        main.Set(-3);
        main.Pop();
    }

    /// <summary>Puts the script on its thread, before its arguments.</summary>
    public void PushScript(int reference) => thread.PushKept(reference);

    /// <summary>Runs, or goes on with, what is on the thread.</summary>
    public LuaOutcome Run(int arguments)
    {
        isPausing = false;
        SetCountHook(thread);
        int results;
        memory.EnterLua();
        var status = LuaApi.Resume(thread.Pointer, main.Pointer, arguments, &results);
        memory.LeaveLua();
        if (status == LuaApi.Yielded && isPausing)
            return LuaOutcome.Paused;
        LuaApi.SetHook(thread.Pointer, 0, 0, 0);
        if (status != LuaApi.Ok)
            return LuaOutcome.Failed;
        if (results == 0)
            thread.PushNil();
        else
            thread.Pop(results - 1);
        return LuaOutcome.Done;
    }

    /// <summary>Runs a library, which registers its functions; the result is what went wrong, or null.</summary>
    /// <exception cref="LuaSyntaxException">It is not Lua 5.1.</exception>
    public string? LoadLibrary(string source, IScriptHost host)
    {
        Registrations.Clear();
        var reference = Compile(source, FunctionName);
        SetLoading(true, host);
        PushScript(reference);
        var outcome = Run(0);
        var problem = outcome == LuaOutcome.Done ? null : TakeFailure().Text;
        SetLoading(false, null);
        EndRun(outcome);
        Release(reference);
        return problem;
    }

    // While a library is loaded its globals are others.
    private void SetLoading(bool isLoading, IScriptHost? host)
    {
        IsLoading = isLoading;
        Host = host;
        main.PushKept(setLoading);
        main.Push(isLoading);
        _ = LuaApi.ProtectedCall(main.Pointer, 1, 0, 0, 0, 0);
    }

    /// <summary>What went wrong: an error reply with, where it is known, the place.</summary>
    public LuaFailure TakeFailure()
    {
        main.PushKept(explain);
        _ = LuaApi.PushThread(thread.Pointer);
        LuaApi.MoveTo(thread.Pointer, main.Pointer, 1);
        LuaApi.PushValue(thread.Pointer, -1);
        LuaApi.MoveTo(thread.Pointer, main.Pointer, 1);
        if (LuaApi.ProtectedCall(main.Pointer, 2, 4, 0, 0, 0) != LuaApi.Ok)
        {
            var problem = main.Latin(-1) ?? "unknown error";
            main.SetTop(0);
            return new LuaFailure("ERR " + problem, null, 0, false);
        }

        var failure = new LuaFailure(isKilled ? "ERR Script killed by user with SCRIPT KILL..." : main.Latin(1) ?? "ERR unknown error", main.Latin(2), (int)main.ToNumber(3), main.ToBoolean(4));
        main.SetTop(0);
        return failure;
    }

    /// <summary>Clears away what the script has left.</summary>
    public void EndRun(LuaOutcome outcome)
    {
        Host = null;
        isKilled = false;
        if (outcome == LuaOutcome.Done)
        {
            thread.SetTop(0);
            return;
        }

        LuaApi.SetHook(thread.Pointer, 0, 0, 0);
        _ = LuaApi.CloseThread(thread.Pointer, main.Pointer);
        LuaApi.Release(main.Pointer, LuaApi.RegistryIndex, threadKept);
        NewThread();
    }

    /// <summary>Collects all garbage.</summary>
    public void Collect() => _ = LuaApi.Collect(main.Pointer, 2, 0);

    public void Dispose()
    {
        LuaApi.Close(main.Pointer);
        self.Free();
    }

    private static nint* SelfOf(nint lua) => (nint*)(lua - sizeof(nint));

    internal static LuaMachine Of(nint lua) => (LuaMachine)GCHandle.FromIntPtr(*SelfOf(lua)).Target!;

    private void NewThread()
    {
        thread = new LuaState(LuaApi.NewThread(main.Pointer));
        threadKept = main.Keep();
    }

    private void OpenLibraries()
    {
        Span<(string Name, string Opener)> libraries =
        [
            ("_G", "luaopen_base"), ("string", "luaopen_string"), ("table", "luaopen_table"), ("math", "luaopen_math"), ("coroutine", "luaopen_coroutine"), ("debug", "luaopen_debug"),
        ];
        foreach (var (name, opener) in libraries)
        {
            fixed (byte* start = Encoding.ASCII.GetBytes(name + "\0"))
                LuaApi.Require(main.Pointer, start, LuaApi.AddressOf(opener), 1);
            main.Pop();
        }
    }

    private void RunPrelude(Version version, bool isForFunctions)
    {
        Load(main, Prelude, "=" + LuaChunk.PreludeName);
        PushFunctions(main);
        main.Push(version.ToString(3));
        main.Push((double)((version.Major << 16) | (version.Minor << 8) | version.Build));
        main.Push(isForFunctions);
        if (LuaApi.ProtectedCall(main.Pointer, 4, 1, 0, 0, 0) != LuaApi.Ok)
            throw new InvalidOperationException("The prelude fails: " + main.Latin(-1));
    }

    /// <summary>Pushes the function of a translated chunk.</summary>
    private void LoadTranslated(LuaState lua, string translated, string name)
    {
        Load(lua, translated, name);
        lua.PushKept(environment);
        LuaApi.SetUpvalue(lua.Pointer, -2, 1);
        lua.PushKept(textOf);
        lua.PushKept(allOf);
        // Makes a closure and returns it; there is nothing in it that can fail.
        _ = LuaApi.ProtectedCall(lua.Pointer, 2, 1, 0, 0, 0);
    }

    private static void Load(LuaState lua, string text, string name)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        fixed (byte* start = bytes, nameStart = Encoding.Latin1.GetBytes(name + "\0"), mode = "t\0"u8)
        {
            if (LuaApi.Load(lua.Pointer, start, (nuint)bytes.Length, nameStart, mode) == LuaApi.Ok)
                return;
        }

        var problem = lua.Latin(-1) ?? "unknown error";
        lua.Pop();
        throw new LuaSyntaxException(problem);
    }

    private static void SetCountHook(LuaState lua) =>
        LuaApi.SetHook(lua.Pointer, (nint)(delegate* unmanaged[Cdecl]<nint, void*, void>)&OnCount, LuaApi.MaskCount, InstructionsPerLook);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnCount(nint pointer, void* activation)
    {
        var machine = Of(pointer);
        machine.memory.LeaveLua();
        try
        {
            // A coroutine of the script's own cannot be paused: whoever resumed it would think that it had yielded.
            var canPause = pointer == machine.thread.Pointer && LuaApi.IsYieldable(pointer) != 0;
            switch (machine.Host?.Interrupt(canPause) ?? ScriptInterrupt.GoOn)
            {
                case ScriptInterrupt.Kill:
                    machine.isKilled = true;
                    LuaErrors.RaiseAlways(new LuaState(pointer));
                    break;
                case ScriptInterrupt.Pause:
                    machine.isPausing = true;
                    _ = LuaApi.Yield(pointer, 0, 0, 0);
                    break;
                default:
                    break;
            }
        }
        finally
        {
            machine.memory.EnterLua();
        }
    }

    private static string ReadPrelude()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("prelude.lua")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

/// <summary>How a script's run ended.</summary>
internal enum LuaOutcome
{
    Done,
    Failed,

    /// <summary>It can go on, on any thread.</summary>
    Paused,
}

/// <summary>An error that ended a script.</summary>
/// <param name="Text">The error with its code.</param>
/// <param name="Source">The chunk, or null.</param>
/// <param name="Line">The line there.</param>
/// <param name="IsCounted">Whether the error has been counted, as a command's.</param>
internal readonly record struct LuaFailure(string Text, string? Source, int Line, bool IsCounted);

/// <summary>A function that a library has registered.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it says of itself; null for nothing.</param>
/// <param name="Flags">Its flags.</param>
/// <param name="Reference">Where it is kept.</param>
internal sealed record LuaRegistration(string Name, string? Description, string[] Flags, int Reference);
