using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Replaces a key whatever it held: value, metadata and expiry together.</summary>
/// <param name="value">The value in blocks; it stays as it is until the update has run.</param>
/// <param name="upload">The value where it has been taken in already; null for one that is in blocks.</param>
/// <param name="metadata">JSON; empty for none.</param>
/// <param name="expiresAtMs">Unix ms; 0 for none.</param>
internal sealed class PutUpdate(ValueBlocks value, LargeUpload? upload, ReadOnlyMemory<byte> metadata, long expiresAtMs) : RecordUpdate
{
    /// <summary>Unix ms; 0 for none.</summary>
    public long ExpiresAtMs { get; } = expiresAtMs;

    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        plan.Type = RecordType.String;
        plan.KeepsValue = false;
        plan.IsRaw = false;
        plan.IsText = false;
        plan.KeepsMetadata = false;
        plan.Metadata = metadata;
        plan.ValueLength = upload?.Length ?? (int)value.Length;
        plan.ExpiresAtMs = ExpiresAtMs;
        return UpdateAction.Write;
    }

    public override LargeUpload? Upload => upload;

    public override void Fill(in Record current, Span<byte> destination) => value.CopyTo(destination);
}
