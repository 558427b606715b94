using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Faster;

/// <summary>Recovery's update of a value by a change frame: only the record that was changed then is changed now, so it does no harm to do it again.</summary>
internal sealed unsafe class ReplayedChange : RecordUpdate
{
    private ulong version;
    private ulong former;
    private int valueBytes;
    private int offset;
    private uint access;
    private byte* bytes;
    private int changed;

    public override bool IsUse => false;

    /// <summary>Whether the key has the record that the change makes now, or a newer one.</summary>
    public bool IsKnown { get; private set; }

    /// <param name="change">What to do.</param>
    /// <param name="pinned">Its bytes, which stay where they are until it is done.</param>
    public void Set(in ValueChange change, byte* pinned)
    {
        (version, former, valueBytes, offset, access) = (change.Version, change.Former, change.ValueBytes, change.Offset, change.Access);
        bytes = pinned;
        changed = change.Bytes.Length;
        IsKnown = false;
    }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        IsKnown = current.Exists && current.Version >= version;
        if (IsKnown || !current.Exists || current.Version != former || current.Type != RecordType.String || current.Large != null || current.ValueLength > valueBytes)
            return UpdateAction.None;
        IsKnown = true;
        plan.Change(current, valueBytes, offset, changed);
        plan.Access = access;
        return UpdateAction.Write;
    }

    public override void Fill(in Record current, Span<byte> destination)
    {
        KeepBytes(current, destination);
        new ReadOnlySpan<byte>(bytes, changed).CopyTo(destination[offset..]);
    }
}
