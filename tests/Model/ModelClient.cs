namespace RespKv.Tests.Model;

/// <summary>What the model knows of a connection.</summary>
internal sealed class ModelClient
{
    public string Namespace { get; set; } = "default";

    /// <summary>The commands of a transaction; null outside of one.</summary>
    public List<string[]>? Queue { get; set; }
}
