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
}
