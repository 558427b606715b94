namespace RespKv.Tests.Model;

/// <summary>A key's state in the model. Text stands for bytes, as Latin-1.</summary>
internal sealed record ModelEntry(string Value, long ExpiresAtMs = 0, string Metadata = "")
{
    public long? Expiration => ExpiresAtMs == 0 ? null : ExpiresAtMs / 1000;
}
