using System.Collections.Concurrent;
using System.Text;
using RespKv.Server.Scripting;
using RespKv.Server.Scripting.Syntax;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Commands;

/// <summary>The libraries of functions, and the Lua state they live in. Used by whoever runs alone; the counts by anyone.</summary>
internal sealed class FunctionLibraries(Scripts scripts) : IDisposable
{
    // Others count them meanwhile.
    private ConcurrentDictionary<string, FunctionLibrary> libraries = [];
    private ConcurrentDictionary<string, LibraryFunction> functions = new(StringComparer.OrdinalIgnoreCase);
    private LuaMachine? machine;

    public LuaMachine Machine => machine ??= Scripts.NewMachine(isForFunctions: true);

    /// <summary>All, as they are at this moment.</summary>
    public IReadOnlyCollection<FunctionLibrary> All => [.. libraries.Values];

    /// <summary>Libraries.</summary>
    public int Count => libraries.Count;

    /// <summary>Functions of all libraries.</summary>
    public int FunctionCount => functions.Count;

    /// <summary>Bytes that Lua has for functions.</summary>
    public long MachineBytes => machine?.UsedBytes ?? 0;

    /// <summary>Bytes of sources and of what is known of functions.</summary>
    public long SourceBytes => All.Sum(l => 200L + l.Code.Length + l.Functions.Sum(f => f.Script.Bytes));

    public LibraryFunction? Find(string function) => functions.GetValueOrDefault(function);

    /// <summary>Takes in a library; the result is its name.</summary>
    /// <param name="code">The source, whose first line names it.</param>
    /// <param name="replaces">Whether it may take the place of one of the same name.</param>
    /// <exception cref="ScriptFaultException">It cannot be taken in; nothing has changed then.</exception>
    public string Load(ReadOnlySpan<byte> code, bool replaces)
    {
        var (library, old) = Compile(code, replaces, "'");
        try
        {
            CheckNames(library, old);
        }
        catch (ScriptFaultException)
        {
            Release(library);
            throw;
        }

        if (old != null)
            Unlink(old);
        Link(library);
        Keep(library);
        return library.Name;
    }

    /// <summary>Takes over what recovery has found. Nobody uses the data yet.</summary>
    /// <exception cref="DataFaultException">A library cannot be loaded.</exception>
    public void Adopt()
    {
        foreach (var (name, source) in scripts.Server.Store.Libraries)
        {
            try
            {
                var (library, _) = Compile(source, replaces: false, "'", isKept: true);
                CheckNames(library, null);
                Link(library);
            }
            catch (ScriptFaultException fault)
            {
                throw new DataFaultException($"the data hold a library of functions, {name}, that cannot be loaded: {fault.Message}");
            }
        }
    }

    /// <summary>Takes in many libraries, all or none.</summary>
    /// <param name="codes">Their sources.</param>
    /// <param name="replaces">Whether they may take the place of those of the same names.</param>
    /// <param name="flushes">Whether all that are here go first.</param>
    /// <exception cref="ScriptFaultException">One cannot be taken in; nothing has changed then.</exception>
    public void Restore(IReadOnlyList<byte[]> codes, bool replaces, bool flushes)
    {
        var (librariesBefore, functionsBefore) = (libraries, functions);
        libraries = flushes ? [] : new(libraries);
        functions = new(flushes ? [] : functions, StringComparer.OrdinalIgnoreCase);
        var given = new List<FunctionLibrary>();
        var replaced = new List<FunctionLibrary>();
        try
        {
            foreach (var code in codes)
            {
                var (library, old) = Compile(code, replaces, "");
                given.Add(library);
                CheckNames(library, old);
                if (old != null)
                {
                    replaced.Add(old);
                    Forget(old);
                }

                Link(library);
            }
        }
        catch (ScriptFaultException)
        {
            (libraries, functions) = (librariesBefore, functionsBefore);
            given.ForEach(Release);
            throw;
        }

        if (flushes)
            replaced.AddRange(librariesBefore.Values);
        replaced.ForEach(Release);
        foreach (var gone in replaced.Where(old => !libraries.ContainsKey(old.Name)))
            KeepNot(gone.Name);
        given.ForEach(Keep);
    }

    /// <summary>Removes a library; false when there is none of that name.</summary>
    public bool Delete(string name)
    {
        if (!libraries.TryGetValue(name, out var library))
            return false;
        Unlink(library);
        KeepNot(name);
        return true;
    }

    /// <summary>Removes all, and the state they lived in.</summary>
    public void Flush()
    {
        foreach (var name in libraries.Keys)
            KeepNot(name);
        libraries = [];
        functions = new(StringComparer.OrdinalIgnoreCase);
        machine?.Dispose();
        machine = null;
    }

    public void Dispose() => machine?.Dispose();

    private void Keep(FunctionLibrary library) => scripts.Server.Store.KeepLibrary(library.Name, library.Code);

    private void KeepNot(string name) => scripts.Server.Store.KeepLibrary(name, []);

    private (FunctionLibrary Library, FunctionLibrary? Old) Compile(ReadOnlySpan<byte> code, bool replaces, string quote, bool isKept = false)
    {
        var text = Encoding.Latin1.GetString(code);
        var name = ScriptShebang.TakeLibrary(ref text);
        if (name.Length > LibraryFrame.NameBytesMax)
            throw new ScriptFaultException("Library name is too long");
        var old = libraries.GetValueOrDefault(name);
        if (old != null && !replaces)
            throw new ScriptFaultException($"Library {quote}{name}{quote} already exists");
        var registered = Register(text, isKept);
        if (registered.Count == 0)
            throw new ScriptFaultException("No functions registered");
        return (new FunctionLibrary(name, code.ToArray(), [.. registered.Select(r => FunctionOf(r, Script.HasCallbacks(text)))]), old);
    }

    private List<LuaRegistration> Register(string text, bool isKept)
    {
        var loading = new FunctionLoading(scripts.Server, isKept);
        try
        {
            var problem = Machine.LoadLibrary(text, loading);
            if (problem == null)
                return [.. Machine.Registrations];
            foreach (var registration in Machine.Registrations)
                Machine.Release(registration.Reference);
            throw new ScriptFaultException("Error registering functions: " + (loading.IsOverdue ? "ERR FUNCTION LOAD timeout" : problem));
        }
        catch (LuaSyntaxException fault)
        {
            throw new ScriptFaultException("Error compiling function: " + fault.Message);
        }
    }

    private static LibraryFunction FunctionOf(LuaRegistration registration, bool mayCallBack)
    {
        var flags = ScriptFlags.None;
        foreach (var name in registration.Flags)
            flags |= ScriptShebang.FlagOf(name)!.Value;
        return new LibraryFunction(new Script(registration.Name, flags, registration.Reference, isFunction: true) { MayCallBack = mayCallBack }, registration.Description);
    }

    // Names of functions are one space for all libraries.
    private void CheckNames(FunctionLibrary library, FunctionLibrary? replaced)
    {
        foreach (var function in library.Functions)
        {
            if (functions.TryGetValue(function.Name, out var other) && replaced?.Functions.Contains(other) != true)
                throw new ScriptFaultException($"Function {function.Name} already exists");
        }
    }

    private void Link(FunctionLibrary library)
    {
        libraries[library.Name] = library;
        foreach (var function in library.Functions)
            functions[function.Name] = function;
    }

    private void Unlink(FunctionLibrary library)
    {
        Forget(library);
        Release(library);
    }

    private void Forget(FunctionLibrary library)
    {
        libraries.TryRemove(library.Name, out _);
        foreach (var function in library.Functions)
            functions.TryRemove(function.Name, out _);
    }

    private void Release(FunctionLibrary library)
    {
        foreach (var function in library.Functions)
            Machine.Release(function.Script.Reference);
    }
}
