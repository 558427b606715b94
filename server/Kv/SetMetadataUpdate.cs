using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Replaces the metadata of a string and nothing else.</summary>
internal sealed class SetMetadataUpdate : StringUpdate
{
    private ReadOnlyMemory<byte> metadata;

    public bool HasWritten { get; private set; }

    public SetMetadataUpdate For(ReadOnlyMemory<byte> json)
    {
        metadata = json;
        return this;
    }

    protected override UpdateAction PlanString(in Record current, ref RecordPlan plan)
    {
        HasWritten = current.Exists;
        plan.KeepsMetadata = false;
        plan.Metadata = metadata;
        return HasWritten ? UpdateAction.Write : UpdateAction.None;
    }
}
