using System.Text;

namespace RespKv.Server.Kv;

/// <summary>
/// Tells of what happens to keys, as messages on the channels <c>__keyspace@db__:key</c> and <c>__keyevent@db__:event</c>; db is a database's number or a namespace's name.
/// Told after the change, on the thread that made it: events that one connection causes are in order, those that several cause on one key at one moment may not be.
/// While no class is wanted, a change costs a look at a field.
/// </summary>
internal sealed class KeyEvents
{
    private volatile KeyEventClasses classes;

    /// <summary>The classes that are told; none unless one of the two forms is wanted.</summary>
    public KeyEventClasses Classes
    {
        get => classes;
        set => classes = (value & (KeyEventClasses.ByKey | KeyEventClasses.ByEvent)) == 0 ? KeyEventClasses.None : value;
    }

    /// <summary>Sends a message to those that listen to a channel.</summary>
    public KeyEventPublisher Publish { get; set; } = (_, _) => { };

    /// <summary>Tells of an event, if its class is wanted.</summary>
    /// <param name="what">The event.</param>
    /// <param name="database">What the key's namespace is called in channels.</param>
    /// <param name="key">The key.</param>
    public void Tell(KeyEvent what, string database, ReadOnlySpan<byte> key)
    {
        var wanted = Classes;
        if ((wanted & what.Class) == 0)
            return;
        if ((wanted & KeyEventClasses.ByKey) != 0)
            Publish(ChannelOf("__keyspace@"u8, database, key), what.Name);
        if ((wanted & KeyEventClasses.ByEvent) != 0)
            Publish(ChannelOf("__keyevent@"u8, database, what.Name), key);
    }

    private static byte[] ChannelOf(ReadOnlySpan<byte> prefix, string database, ReadOnlySpan<byte> end) =>
        [.. prefix, .. Encoding.UTF8.GetBytes(database), .. "__:"u8, .. end];
}

/// <summary>Sends a message to those that listen to a channel; both are valid in the call only.</summary>
internal delegate void KeyEventPublisher(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message);
