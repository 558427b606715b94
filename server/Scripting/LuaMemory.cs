using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RespKv.Server.Scripting;

/// <summary>
/// The memory of one Lua state: counted, and refused to scripts past a limit. While managed code works on the state nothing is refused, for the error
/// would jump over its frames; what it takes too much the script is refused next.
/// </summary>
internal sealed unsafe class LuaMemory
{
    // The allocator of the C library, as Lua itself would use it; fast enough for small blocks to call without telling the collector.
    private static readonly nint Standard = FindStandard();

    private const int SmallBytes = 64 * 1024;

    // Pinned, and there as long as anyone may ask how much is in use.
    private readonly Budget[] pinned = GC.AllocateArray<Budget>(1, pinned: true);
    private readonly Budget* budget;

    public LuaMemory()
    {
        budget = (Budget*)Unsafe.AsPointer(ref pinned[0]);
        budget->ManagedDepth = 1;
    }

    /// <summary>Bytes in use.</summary>
    public long UsedBytes => Volatile.Read(ref budget->UsedBytes);

    /// <summary>Bytes that scripts may use.</summary>
    public long LimitBytes
    {
        get => budget->LimitBytes;
        set => budget->LimitBytes = value;
    }

    /// <summary>Makes a state that takes its memory here.</summary>
    public nint NewState() => LuaApi.NewState(&Allocate, budget);

    /// <summary>Lua code is about to run.</summary>
    public void EnterLua() => budget->ManagedDepth--;

    /// <summary>Managed code runs again.</summary>
    public void LeaveLua() => budget->ManagedDepth++;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void* Allocate(void* state, void* block, nuint oldBytes, nuint newBytes)
    {
        var budget = (Budget*)state;
        // Without a block the old size tells what the new one is for.
        var grown = (long)newBytes - (block == null ? 0 : (long)oldBytes);
        if (grown > 0 && budget->ManagedDepth == 0 && budget->UsedBytes + grown > budget->LimitBytes)
            return null;
        var result = newBytes <= SmallBytes
            ? ((delegate* unmanaged[Cdecl, SuppressGCTransition]<void*, void*, nuint, nuint, void*>)Standard)(null, block, oldBytes, newBytes)
            : ((delegate* unmanaged[Cdecl]<void*, void*, nuint, nuint, void*>)Standard)(null, block, oldBytes, newBytes);
        if (result != null || newBytes == 0)
            budget->UsedBytes += grown;
        return result;
    }

    private static nint FindStandard()
    {
        var lua = LuaApi.NewStandardState();
        void* unused;
        var allocator = LuaApi.GetAllocator(lua, &unused);
        LuaApi.Close(lua);
        return allocator;
    }

    private struct Budget
    {
        public long UsedBytes;
        public long LimitBytes;
        public int ManagedDepth;
    }
}
