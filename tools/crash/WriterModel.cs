using System.Globalization;
using System.Text;

namespace RespKv.Crash;

/// <summary>What a key holds, as a writer expects it or as the server tells it.</summary>
/// <param name="Value">The value.</param>
/// <param name="Metadata">The metadata; null for none.</param>
/// <param name="ExpiryFromMs">The earliest moment that its expiry may be, Unix ms; 0 for no expiry.</param>
/// <param name="ExpiryToMs">The latest.</param>
internal sealed record Entry(byte[] Value, string? Metadata = null, long ExpiryFromMs = 0, long ExpiryToMs = 0)
{
    /// <summary>Whether what the server tells is what was expected.</summary>
    public bool IsMetBy(Entry told) =>
        told.ExpiryFromMs >= ExpiryFromMs && told.ExpiryFromMs <= ExpiryToMs && Metadata == told.Metadata && Value.AsSpan().SequenceEqual(told.Value);

    public override string ToString()
    {
        var text = Value.Length > 60 ? Encoding.UTF8.GetString(Value.AsSpan(0, 20)) + $"... ({Value.Length} bytes)" : Encoding.UTF8.GetString(Value);
        var expiry = ExpiryFromMs == 0 ? "" : " until " + ExpiryFromMs.ToString(CultureInfo.InvariantCulture);
        return $"'{text}'{(Metadata == null ? "" : " with " + Metadata)}{expiry}";
    }
}

/// <summary>The two databases of one writer, as they should be.</summary>
internal sealed class WriterModel
{
    private readonly Dictionary<string, Entry>[] databases;

    public WriterModel()
        : this([], [])
    {
    }

    public WriterModel(Dictionary<string, Entry> first, Dictionary<string, Entry> second) => databases = [first, second];

    /// <summary>The database that the writer's connection is in.</summary>
    public Dictionary<string, Entry> Here => databases[0];

    public void Swap() => (databases[0], databases[1]) = (databases[1], databases[0]);

    public WriterModel Copy() => new(new(databases[0]), new(databases[1]));

    /// <summary>What is not as expected, up to a few lines; empty when all is.</summary>
    public List<string> Differences(WriterModel told)
    {
        var found = new List<string>();
        for (var i = 0; i < databases.Length; i++)
        {
            foreach (var (key, entry) in databases[i])
            {
                if (!told.databases[i].TryGetValue(key, out var there))
                    found.Add($"{key} of database {i} is missing: {entry}");
                else if (!entry.IsMetBy(there))
                    found.Add($"{key} of database {i} is {there} instead of {entry}");
            }

            foreach (var (key, there) in told.databases[i])
            {
                if (!databases[i].ContainsKey(key))
                    found.Add($"{key} of database {i} should not be there: {there}");
            }
        }

        return found;
    }
}
