using RespKv.Server.Storage;
using RespKv.Server.Storage.Faster;

namespace RespKv.Server.Kv;

/// <summary>
/// The data as one batch sees it: a leased session, and the namespace of the client that is being served. The rules that RESP and HTTP share
/// stand on it, as readers and updates of this folder. Not to be kept beyond the batch.
/// </summary>
internal sealed class Keyspace(StoreSession session, Namespaces namespaces)
{
    public StoreSession Session { get; } = session;

    public Namespaces Namespaces { get; } = namespaces;

    /// <summary>The namespace that operations without one of their own work in.</summary>
    public Namespace Namespace { get; set; } = namespaces.Default;

    /// <summary>The batch's clock, Unix ms.</summary>
    public long NowMs => Session.NowMs;

    /// <summary>Gives the reader the live record of a key; false when there is none.</summary>
    public bool Read(ReadOnlySpan<byte> key, RecordReader reader) => Session.Read(Namespace.Keys, key, reader);

    /// <summary>The same in another namespace.</summary>
    public bool Read(Namespace ns, ReadOnlySpan<byte> key, RecordReader reader) => Session.Read(ns.Keys, key, reader);

    /// <summary>Runs an update on a key, atomically.</summary>
    /// <exception cref="KeyTooLongException">The key is too long to be stored.</exception>
    public void Update(ReadOnlySpan<byte> key, RecordUpdate update) => Session.Update(Namespace.Keys, key, update);

    /// <summary>The same in another namespace.</summary>
    public void Update(Namespace ns, ReadOnlySpan<byte> key, RecordUpdate update) => Session.Update(ns.Keys, key, update);

    /// <summary>Runs an update that does not depend on the current record (see <see cref="StoreSession.Overwrite"/>).</summary>
    /// <exception cref="KeyTooLongException">The key is too long to be stored.</exception>
    public void Overwrite(ReadOnlySpan<byte> key, RecordUpdate update) => Session.Overwrite(Namespace.Keys, key, update);

    /// <summary>The same in another namespace.</summary>
    public void Overwrite(Namespace ns, ReadOnlySpan<byte> key, RecordUpdate update) => Session.Overwrite(ns.Keys, key, update);

    /// <summary>Whether a key is there; not a use of it.</summary>
    public bool Exists(ReadOnlySpan<byte> key, RecordInfoReader info)
    {
        if (!Session.IsThereUnseen(Namespace.Keys, key))
            return Read(key, info.AsUse(false));
        // There is no record to tell how far the log must be for that.
        Session.DependOnAll();
        return true;
    }

    /// <summary>Deletes a key; whether it was there. A key too long to be stored never was.</summary>
    public bool Delete(ReadOnlySpan<byte> key, DeleteUpdate update)
    {
        if (key.Length > FasterStore.KeyBytesMax)
            return false;
        if (Session.IsThereUnseen(Namespace.Keys, key))
            return Session.DeleteUnseen(Namespace.Keys, key);
        Update(key, update);
        return update.HasDeleted;
    }

    /// <summary>Takes any one of the keys; false when there is none.</summary>
    public bool TryGetRandomKey(CapturedValue key, RecordInfoReader info)
    {
        // Of keys whose time is up some may not have been reclaimed; give up when there seem to be no others.
        for (var tries = 0; tries < 100; tries++)
        {
            if (!Namespace.Keys.Directory.TryGetRandom(key))
                return false;
            if (Exists(key.Span, info))
                return true;
        }

        return false;
    }

    /// <summary>Notes a key that will be wanted soon; see <see cref="StoreSession.NoteAhead"/>.</summary>
    public void NoteAhead(ReadOnlySpan<byte> key) => Session.NoteAhead(Namespace.Keys, key);

    /// <summary>Has the records of the noted keys fetched.</summary>
    public void FetchAhead() => Session.FetchAhead();

    /// <summary>Whether anybody may want to know what happens to keys.</summary>
    public bool TellsEvents => Namespaces.Events.Classes != KeyEventClasses.None;

    /// <summary>Tells those who want to know of something that has happened to a key.</summary>
    public void Tell(KeyEvent what, ReadOnlySpan<byte> key) => Tell(Namespace, what, key);

    /// <summary>The same in another namespace.</summary>
    public void Tell(Namespace ns, KeyEvent what, ReadOnlySpan<byte> key)
    {
        if (TellsEvents)
            Namespaces.Events.Tell(what, ns.EventName, key);
    }

    /// <summary>The same for the key that was written last; that it is new is told first.</summary>
    public void TellWritten(KeyEvent what, ReadOnlySpan<byte> key)
    {
        if (TellsEvents && Session.HasCreated)
            Tell(KeyEvent.New, key);
        Tell(what, key);
    }

    /// <summary>From here to the end of the batch no other batch runs; false when another one takes long.</summary>
    public bool TryBeAlone() => Session.TryBeAlone();

    /// <summary>From here to the end of the batch no other batch runs.</summary>
    public void BeAlone() => Session.BeAlone();
}
