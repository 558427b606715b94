using RespKv.Server.Storage.Hashes;

namespace RespKv.Server.Storage;

/// <summary>Deletes a key if its time is up, and takes fields out of a packed hash whose time is up; tells when the next is.</summary>
internal sealed class ReapUpdate : RecordUpdate
{
    private readonly PackedHashEditor editor = new();
    private long nowMs;

    public override bool IsUse => false;

    /// <summary>Unix ms; 0 for never, and when there is no record any more.</summary>
    public long DueMs { get; private set; }

    /// <summary>How many fields of a small hash have been taken out.</summary>
    public int TakenFields { get; private set; }

    /// <summary>Whether they were the last ones, so that the key has gone too.</summary>
    public bool HasEmptied { get; private set; }

    public ReapUpdate At(long now)
    {
        nowMs = now;
        return this;
    }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        // An expired record is shown as missing; deleting it takes it out of the directory as well.
        DueMs = current.ExpiresAtMs;
        (TakenFields, HasEmptied) = (0, false);
        if (!current.Exists)
            return UpdateAction.Delete;
        if (current.Type != RecordType.Hash || PackedHash.DueMs(current.Value) is not (var due and not 0))
            return UpdateAction.None;
        if (due > nowMs)
        {
            Note(due);
            return UpdateAction.None;
        }

        editor.Load(current.Value, nowMs);
        TakenFields = editor.Dropped;
        HasEmptied = editor.Count == 0;
        if (HasEmptied)
            return UpdateAction.Delete;
        plan.KeepsValue = false;
        plan.ValueLength = editor.Finish().Length;
        Note(PackedHash.DueMs(editor.Finish()));
        return UpdateAction.Write;
    }

    public override void Fill(in Record current, Span<byte> destination) => editor.Finish().CopyTo(destination);

    private void Note(long due) => DueMs = due == 0 || (DueMs != 0 && DueMs < due) ? DueMs : due;
}
