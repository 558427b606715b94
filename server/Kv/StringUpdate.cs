using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>An update of a string. A key of another type is left alone and <see cref="IsWrongType"/> tells.</summary>
internal abstract class StringUpdate : RecordUpdate
{
    /// <summary>Whether the key holds something other than a string.</summary>
    public bool IsWrongType { get; private set; }

    public sealed override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        IsWrongType = current.Exists && current.Type != RecordType.String;
        return IsWrongType ? UpdateAction.None : PlanString(current, ref plan);
    }

    /// <inheritdoc cref="RecordUpdate.Plan"/>
    protected abstract UpdateAction PlanString(in Record current, ref RecordPlan plan);

    /// <summary>Copies as much of the current value as fits, unless the update is in place and it is there.</summary>
    protected static void KeepPrefix(in Record current, Span<byte> destination)
    {
        var kept = Math.Min(current.ValueLength, destination.Length);
        if (kept > 0 && !System.Runtime.CompilerServices.Unsafe.AreSame(
            ref System.Runtime.InteropServices.MemoryMarshal.GetReference(current.Value),
            ref System.Runtime.InteropServices.MemoryMarshal.GetReference(destination)))
            current.Value[..kept].CopyTo(destination);
    }
}
