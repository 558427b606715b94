using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>Replaces a key whatever it held: value, metadata and expiry together. The value may be in several blocks.</summary>
/// <param name="value">The value; it stays as it is until the update has run.</param>
/// <param name="metadata">JSON; empty for none.</param>
/// <param name="expiresAtMs">Unix ms; 0 for none.</param>
internal sealed class PutUpdate(ValueBlocks value, ReadOnlyMemory<byte> metadata, long expiresAtMs) : RecordUpdate
{
    public override UpdateAction Plan(in Record current, ref RecordPlan plan)
    {
        plan.Type = RecordType.String;
        plan.KeepsValue = false;
        plan.IsRaw = false;
        plan.KeepsMetadata = false;
        plan.Metadata = metadata;
        plan.ValueLength = (int)value.Length;
        plan.ExpiresAtMs = expiresAtMs;
        return UpdateAction.Write;
    }

    public override void Fill(in Record current, Span<byte> destination) => value.CopyTo(destination);
}
