namespace RespKv.Server.Storage;

/// <summary>Deletes the key of a large hash that has no fields any more. To be run alone, so that none comes meanwhile.</summary>
internal sealed class RemoveEmptiedUpdate : RecordUpdate
{
    private uint fieldsId;

    public override bool IsUse => false;

    public bool HasDeleted { get; private set; }

    public RemoveEmptiedUpdate For(uint id)
    {
        fieldsId = id;
        return this;
    }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        HasDeleted = current.Exists && current.Layout.FieldsId == fieldsId;
        return HasDeleted ? UpdateAction.Delete : UpdateAction.None;
    }
}
