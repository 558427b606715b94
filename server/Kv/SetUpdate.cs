using System.Runtime.InteropServices;
using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Server.Kv;

/// <summary>When a SET or KV.PUT writes.</summary>
internal enum SetCondition
{
    Always,

    /// <summary>Only when the key is missing.</summary>
    Missing,

    /// <summary>Only when the key is there.</summary>
    Present,

    /// <summary>Only when the key is there in that version (KV.PUT IFVERSION).</summary>
    Version,
}

/// <summary>Replaces a key whatever it held: value, metadata and, unless it is kept, expiry.</summary>
internal sealed class SetUpdate : RecordUpdate
{
    private ReadOnlyMemory<byte> value;
    private ReadOnlyMemory<byte> metadata;

    /// <summary>Unix ms; 0 for none.</summary>
    public long ExpiresAtMs { get; private set; }

    public SetCondition Condition { get; set; }

    public ulong ExpectedVersion { get; set; }

    public bool KeepsExpiry { get; set; }

    /// <summary>The access clock that the key is to have; null for that of a use now.</summary>
    public uint? Access { get; set; }

    /// <summary>Whether the old value is wanted, in <see cref="OldValue"/>; then a key of another type is refused.</summary>
    public bool CapturesOldValue { get; set; }

    public CapturedValue OldValue { get; } = new();

    public bool IsWrongType { get; private set; }

    /// <summary>Whether the key was written.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>Begins anew: a plain SET of this value.</summary>
    public SetUpdate For(ReadOnlyMemory<byte> newValue, long expiresAtMs = 0, ReadOnlyMemory<byte> newMetadata = default)
    {
        value = newValue;
        metadata = newMetadata;
        ExpiresAtMs = expiresAtMs;
        Condition = SetCondition.Always;
        KeepsExpiry = false;
        Access = null;
        CapturesOldValue = false;
        IsWrongType = false;
        HasWritten = false;
        return this;
    }

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        if (CapturesOldValue && !Capture(current))
            return UpdateAction.None;
        HasWritten = Condition switch
        {
            SetCondition.Missing => !current.Exists,
            SetCondition.Present => current.Exists,
            SetCondition.Version => current.Exists && current.Version == ExpectedVersion,
            _ => true,
        };
        if (!HasWritten)
            return UpdateAction.None;
        plan.Type = RecordType.String;
        plan.KeepsValue = false;
        plan.IsRaw = false;
        plan.IsText = false;
        plan.KeepsMetadata = false;
        plan.Metadata = metadata;
        plan.ValueLength = value.Length;
        plan.Access = Access;
        if (!KeepsExpiry)
            plan.ExpiresAtMs = ExpiresAtMs;
        return UpdateAction.Write;
    }

    public override LargeUpload? Upload => value.Length > FasterStore.InlineValueBytesMax && MemoryMarshal.TryGetMemoryManager<byte, LargeUpload>(value, out var upload) ? upload : null;

    public override void Fill(in Record current, Span<byte> destination) => value.Span.CopyTo(destination);

    private bool Capture(in Record current)
    {
        OldValue.Clear();
        IsWrongType = current.Exists && current.Type != RecordType.String;
        if (current.Exists && !IsWrongType)
            OldValue.Take(current);
        return !IsWrongType;
    }
}
