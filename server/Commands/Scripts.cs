using System.Text;
using RespKv.Server.Scripting;
using RespKv.Server.Scripting.Syntax;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>
/// The scripts that are known, and the Lua states they run in: one for EVAL, one for functions, each made when it is first needed. All is used by whoever
/// runs alone, but for <see cref="Running"/> and the counts.
/// </summary>
internal sealed class Scripts(ServerState server) : IDisposable
{
    // Scripts that only EVAL has brought; the one unused for longest goes.
    private const int EvalScriptsMax = 500;

    private static readonly Version RedisVersion = Version.Parse(ServerIdentity.RedisVersion);

    private readonly Dictionary<ScriptHash, Script> byHash = [];

    // By a hash of the source that is cheaper than SHA-1; the source itself is compared.
    private readonly Dictionary<ulong, Script> bySource = [];
    private readonly LinkedList<Script> evaluated = [];
    private LuaMachine? evalMachine;
    private long sourceBytes;
    private volatile ScriptRun? running;
    private volatile int count;

    public ServerState Server { get; } = server;

    /// <summary>Libraries of functions.</summary>
    public FunctionLibraries Functions => functions ??= new FunctionLibraries(this);

    private FunctionLibraries? functions;

    /// <summary>Takes the replies of commands that scripts call.</summary>
    public ScriptReplies Replies { get; } = new();

    /// <summary>The script that runs; null when there is none.</summary>
    public ScriptRun? Running
    {
        get => running;
        set => running = value;
    }

    /// <summary>Milliseconds after which clients are told that a script runs, and it can be killed (<c>busy-reply-threshold</c>); 0 for never.</summary>
    public long BusyThresholdMs { get; set; } = 5000;

    /// <summary>Bytes that the values of scripts may take (<c>script-memory-limit</c>).</summary>
    public long MemoryLimitBytes { get; set; } = 256L << 20;

    /// <summary>Whether scripts may call what they may not; in tests only (DEBUG SET-DISABLE-DENY-SCRIPTS).</summary>
    public bool AllowsDenied { get; set; }

    /// <summary>Scripts known.</summary>
    public int Count => count;

    /// <summary>Scripts forgotten because there were too many.</summary>
    public long Evicted { get; private set; }

    /// <summary>Bytes that Lua has for scripts.</summary>
    public long EvalMachineBytes => evalMachine?.UsedBytes ?? 0;

    /// <summary>Bytes of sources and of what is known of them.</summary>
    public long SourceBytes => Volatile.Read(ref sourceBytes);

    /// <summary>The machine that a script runs in.</summary>
    public LuaMachine MachineOf(Script script) => script.IsFunction ? Functions.Machine : EvalMachine;

    private LuaMachine EvalMachine => evalMachine ??= NewMachine(isForFunctions: false);

    public static LuaMachine NewMachine(bool isForFunctions) => new(RedisVersion, isForFunctions);

    /// <summary>The script of a SHA-1; null when there is none.</summary>
    public Script? Find(ReadOnlySpan<byte> digits) => ScriptHash.TryParse(digits, out var hash) ? byHash.GetValueOrDefault(hash) : null;

    /// <summary>The script of a source, compiled if it is new.</summary>
    /// <param name="source">The source.</param>
    /// <param name="isEvaluated">Whether it comes with EVAL, and so may be forgotten.</param>
    /// <exception cref="ScriptFaultException">It is not Lua, or its first line is not as it should be.</exception>
    public Script Load(ReadOnlySpan<byte> source, bool isEvaluated)
    {
        var quick = KeyHash.Of(source);
        if (bySource.TryGetValue(quick, out var known) && source.SequenceEqual(known.Source))
            return known;
        var digits = RedisFunctions.Sha1Hex(source);
        var hash = ScriptHash.Parse(digits);
        if (byHash.TryGetValue(hash, out known))
            return known;
        var text = Encoding.Latin1.GetString(source);
        var flags = ScriptShebang.Take(ref text);
        var script = new Script(digits, flags, Compile(text), isFunction: false) { Source = source.ToArray(), MayCallBack = Script.HasCallbacks(text) };
        if (isEvaluated)
            AddEvaluated(script);
        byHash[hash] = script;
        bySource[quick] = script;
        sourceBytes += script.Bytes;
        count = byHash.Count;
        return script;
    }

    /// <summary>Notes that a script has been used.</summary>
    public void Used(Script script)
    {
        if (script.Place == null || script.Place == evaluated.Last)
            return;
        evaluated.Remove(script.Place);
        evaluated.AddLast(script.Place);
    }

    /// <summary>Forgets all scripts, and the state they ran in.</summary>
    public void Flush()
    {
        byHash.Clear();
        bySource.Clear();
        evaluated.Clear();
        sourceBytes = 0;
        count = 0;
        evalMachine?.Dispose();
        evalMachine = null;
    }

    /// <summary>Has the script that runs end, whatever it has done.</summary>
    public void Stop() => running?.Kill();

    public void Dispose()
    {
        // What still runs cannot be taken away; the process ends.
        if (running != null)
            return;
        Flush();
        Functions.Dispose();
    }

    private int Compile(string text)
    {
        try
        {
            return EvalMachine.Compile(text, LuaMachine.ScriptName);
        }
        catch (LuaSyntaxException fault)
        {
            throw new ScriptFaultException("Error compiling script (new function): " + fault.Message);
        }
    }

    private void AddEvaluated(Script script)
    {
        while (evaluated.Count >= EvalScriptsMax)
            Forget(evaluated.First!.Value);
        script.Place = evaluated.AddLast(script);
    }

    private void Forget(Script script)
    {
        evaluated.Remove(script.Place!);
        byHash.Remove(ScriptHash.Parse(script.Name));
        var quick = KeyHash.Of(script.Source!);
        if (bySource.GetValueOrDefault(quick) == script)
            bySource.Remove(quick);
        EvalMachine.Release(script.Reference);
        sourceBytes -= script.Bytes;
        Evicted++;
    }
}
