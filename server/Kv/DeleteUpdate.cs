using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Deletes a key and tells whether it was there.</summary>
internal sealed class DeleteUpdate : RecordUpdate
{
    public bool HasDeleted { get; private set; }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        HasDeleted = current.Exists;
        return HasDeleted ? UpdateAction.Delete : UpdateAction.None;
    }
}
