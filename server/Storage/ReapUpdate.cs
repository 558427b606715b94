namespace RespKv.Server.Storage;

/// <summary>Deletes a record whose time is up; else tells when it will be.</summary>
internal sealed class ReapUpdate : RecordUpdate
{
    public override bool IsUse => false;

    /// <summary>Unix ms; 0 for never, and when there is no record any more.</summary>
    public long ExpiresAtMs { get; private set; }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        // An expired record is shown as missing; deleting it takes it out of the directory as well.
        ExpiresAtMs = current.ExpiresAtMs;
        return current.Exists ? UpdateAction.None : UpdateAction.Delete;
    }
}
