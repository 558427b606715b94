namespace RespKv.Server.Storage;

/// <summary>Deletes a record whose time is up; else tells when it will be.</summary>
internal sealed class ReapUpdate : RecordUpdate
{
    public override bool IsUse => false;

    public bool HasReaped { get; private set; }

    /// <summary>Unix ms; 0 for never. Of the record that has not been reaped.</summary>
    public long ExpiresAtMs { get; private set; }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        // An expired record is shown as missing; deleting it takes it out of the directory as well.
        ExpiresAtMs = current.ExpiresAtMs;
        HasReaped = !current.Exists;
        return HasReaped ? UpdateAction.Delete : UpdateAction.None;
    }
}
