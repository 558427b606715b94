#pragma warning disable
using RespKv.Server.Storage;
namespace RespKv.Server.Kv;

internal sealed class IncrementFloatUpdate : StringUpdate { public bool TryBegin(ReadOnlySpan<byte> b) => false; public bool IsNotAFloat, IsNotFinite; public CapturedValue Result = new(); protected override UpdateAction PlanString(in Record c, ref RecordPlan p) => UpdateAction.None; }
