using System.Text;
using RespKv.Server.Storage;

namespace RespKv.Server.Kv;

/// <summary>A named set of keys. The keyset behind it changes when it is flushed or swapped, only while no other batch runs.</summary>
internal sealed class Namespace
{
    private volatile Keyset keys;
    private volatile bool isDropped;
    private volatile string name;
    private volatile byte[] nameBytes;

    public Namespace(string name, int? number, Keyset keys)
    {
        this.name = name;
        nameBytes = Encoding.UTF8.GetBytes(name);
        Number = number;
        this.keys = keys;
        keys.EventName = EventName;
    }

    /// <summary>Its name; changes only while no other batch runs.</summary>
    public string Name
    {
        get => name;
        set
        {
            name = value;
            nameBytes = Encoding.UTF8.GetBytes(value);
            keys.EventName = EventName;
        }
    }

    /// <summary>Its name in UTF-8.</summary>
    public ReadOnlySpan<byte> NameBytes => nameBytes;

    /// <summary>The database number that SELECT knows it by; null for a namespace that has a name only.</summary>
    public int? Number { get; }

    /// <summary>What it is called in the channels of events on keys: the number, or the name if it has none. No two have the same.</summary>
    public string EventName => Number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? name;

    /// <summary>Whether it was dropped, and nobody has asked for it since.</summary>
    public bool IsDropped
    {
        get => isDropped;
        set => isDropped = value;
    }

    /// <summary>Whether it is to be shown.</summary>
    public bool IsThere => !isDropped || keys.Directory.Count > 0;

    /// <summary>The present keys. Look again after a wait: a flush replaces them.</summary>
    public Keyset Keys
    {
        get => keys;
        set
        {
            value.EventName = EventName;
            keys = value;
        }
    }
}
