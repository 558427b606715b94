using System.Collections.Concurrent;
using FASTER.core;
using RespKv.Server.Storage.Directory;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Storage.Faster;

/// <summary>
/// The store: FASTER's hybrid log and hash index, the keysets with their directories, the gate, and the pool of sessions. Memory only; the log
/// is kept within bounds by <see cref="LogCleaner"/>, so FASTER itself never has to drop a page.
/// </summary>
internal sealed partial class FasterStore : IDisposable
{
    /// <summary>Longest key, in bytes.</summary>
    public const int KeyBytesMax = 64 * 1024 - 1;

    /// <summary>Longest value kept in the log, in bytes; longer ones go beside it. A fraction of a page, so that little of a page's end is lost.</summary>
    public const int InlineValueBytesMax = 256 * 1024;

    /// <summary>Bytes of a page of the log: what is allocated, cleared and freed in one go.</summary>
    public const int PageBytes = 4 << 20;

    // Bytes of the index at start; it doubles as keys come. FASTER's buckets are of 64 bytes and hold 7 entries.
    private const long InitialIndexBytes = 4L << 20;
    private const int BucketBytes = 64;
    private const int KeysPerBucketMax = 6;

    private static readonly TimeSpan DisposeLimit = TimeSpan.FromSeconds(5);

    [ThreadStatic]
    private static StoreSession? threadSession;

    private readonly IDevice device;
    private readonly FasterKV<SpanByte, SpanByte> kv;
    private readonly ConcurrentDictionary<uint, Keyset> keysets = new();
    private readonly ConcurrentBag<StoreSession> idleSessions = [];
    private readonly ConcurrentBag<StoreSession> allSessions = [];
    private readonly LiveBytesSum liveBytes = new();
    private readonly DirectoryTotals directories = new();
    private readonly DirectoryTotals fieldDirectories = new();
    private long lastKeysetId;
    private long reapedKeys;
    private long overheadBytes;
    private long replacedIndexBytes;
    private long libraryChanges;
    private long reapedFields;

    /// <param name="settings">What can be told while it runs.</param>
    /// <param name="clock">The time that expiry goes by.</param>
    /// <param name="spillFolder">Where pages go that memory has no room for; null where there is no such place. Made use of when it is needed.</param>
    public FasterStore(StoreSettings settings, TimeProvider clock, string? spillFolder = null)
    {
        SpillDevice = spillFolder == null ? null : new SpillDevice(spillFolder);
        device = SpillDevice ?? (IDevice)new NullDevice();
        Memory = new LogMemory(this);
        Settings = settings;
        Clock = new StoreClock(clock);
        kv = new FasterKV<SpanByte, SpanByte>(new FasterKVSettings<SpanByte, SpanByte>
        {
            IndexSize = InitialIndexBytes,
            LogDevice = device,
            PageSize = PageBytes,
            SegmentSize = SpillDevice.FileBytes,
            MemorySize = RingBytes(),
            MutableFraction = 0.95,
            ConcurrencyControlMode = ConcurrencyControlMode.RecordIsolation,
            EqualityComparer = new StoredKeyComparer(),
            TryRecoverLatest = false,
        });
        // Pages that leave the log are then given back instead of kept for the ring's next round.
        kv.Log.EmptyPageCount = 1;
        Prefetch = new IndexPrefetch(kv, (int)(RingBytes() / PageBytes));
        Cleaner = new LogCleaner(this);
        LargeValues.Position = () => Log.Tail;
        MeasureOverhead();
    }

    public StoreSettings Settings { get; }

    public StoreClock Clock { get; }

    public ExclusiveGate Gate { get; } = new();

    public LargeValues LargeValues { get; } = new();

    public LogCleaner Cleaner { get; }

    /// <summary>Where pages go that memory has no room for; null where there is no such place.</summary>
    public SpillDevice? SpillDevice { get; }

    /// <summary>What of the log is in memory.</summary>
    public LogMemory Memory { get; }

    /// <summary>Whether data that memory has no room for go to the disk instead of being given up.</summary>
    public bool Spills => SpillDevice != null && Settings.Policy == EvictionPolicy.NoEviction;

    /// <summary>Address before which everything has been written to the spill device.</summary>
    public long FlushedAddress => SpillDevice?.WrittenUntil ?? 0;

    public IndexPrefetch Prefetch { get; }

    /// <summary>Records below this address are not to be updated in place: the cleaner is moving them.</summary>
    public long RelocationBoundary => Cleaner.Boundary;

    /// <summary>Whether the counters of uses are kept (an LFU policy).</summary>
    public bool CountsUses => Settings.Policy is EvictionPolicy.AllKeysLfu or EvictionPolicy.VolatileLfu;

    public int LfuLogFactor => Settings.LfuLogFactor;

    public int LfuDecayMinutes => Settings.LfuDecayMinutes;

    /// <summary>The log's beginning, as an address.</summary>
    public long BeginAddress => kv.Log.BeginAddress;

    /// <summary>Records from this address on are in memory.</summary>
    public long HeadAddress => kv.Log.HeadAddress;

    /// <summary>The log's end, as an address.</summary>
    public long TailAddress => kv.Log.TailAddress;

    /// <summary>Bytes of the log, garbage included.</summary>
    public long LogBytes => TailAddress - BeginAddress;

    /// <summary>Log bytes of live records.</summary>
    public long LiveBytes => liveBytes.Value;

    /// <summary>Bytes of the hash index and of the ordered indexes, as last measured, and of all directories.</summary>
    public long OverheadBytes => Interlocked.Read(ref overheadBytes) + directories.Bytes + fieldDirectories.Bytes;

    /// <summary>Bytes of hash indexes that have been replaced by larger ones, ever: dead objects until the collector comes by.</summary>
    public long ReplacedIndexBytes => Interlocked.Read(ref replacedIndexBytes);

    /// <summary>Bytes of the hash index.</summary>
    public long IndexBytes => (kv.IndexSize + kv.OverflowBucketCount) * BucketBytes;

    /// <summary>Bytes that the data takes in memory: live records, or the part of the log that is there, large values, directories and index.</summary>
    public long UsedBytes => (Spills ? Memory.Bytes : LiveBytes) + LargeValues.Bytes + OverheadBytes;

    /// <summary>Keys in all keysets, expired ones that have not been reclaimed among them.</summary>
    public long KeyCount => directories.Keys;

    /// <summary>Fields of large hashes.</summary>
    public long FieldCount => fieldDirectories.Keys;

    /// <summary>Those of <see cref="KeyCount"/> that have an expiry.</summary>
    public long ExpiringKeyCount => directories.Expiring;

    /// <summary>Those of <see cref="KeyCount"/> that have an expiry, or are small hashes with fields that have one.</summary>
    public long DueKeyCount => directories.Due;

    public IEnumerable<Keyset> Keysets => keysets.Values;

    /// <summary>Where writes are kept; it also numbers them.</summary>
    public WriteLog Log { get; } = new(WriteLog.FirstPosition);

    /// <summary>The position behind the last write.</summary>
    public ulong LastVersion => Log.Tail;

    /// <summary>Keys reclaimed because their time was up, those aside that the cleaner dropped.</summary>
    public long ReapedKeys => Interlocked.Read(ref reapedKeys);

    /// <summary>Whether keys whose time is up are left where they are for now, though nobody sees them.</summary>
    public Func<bool> KeepsExpired { get; set; } = () => false;

    /// <summary>A key, or a field of a large hash, has been reclaimed because its time was up.</summary>
    public void NoteReaped(Keyset keys, ReadOnlySpan<byte> key)
    {
        if (keys.HoldsFields)
        {
            NoteFieldsReaped(keys, 1);
            return;
        }

        Interlocked.Increment(ref reapedKeys);
        KeyGone?.Invoke(keys, key, isEvicted: false);
    }

    /// <summary>Told of keys that expired or were evicted, when their records go; on the thread that took them, within a batch.</summary>
    public KeyGone? KeyGone { get; set; }

    /// <summary>Told of hashes that have lost fields whose time was up; on the thread that took them, within a batch.</summary>
    public KeyOfHash? FieldsExpired { get; set; }

    /// <summary>Told of hashes that go because all their fields have gone by themselves; in the same way, behind <see cref="FieldsExpired"/>.</summary>
    public KeyOfHash? HashEmptied { get; set; }

    /// <summary>Told of keys that come, under the record's lock; null while nobody wants to know.</summary>
    public KeyCreated? KeyCreated { get; set; }

    /// <summary>Whether writes that need memory are to be refused: full, and nothing may be evicted.</summary>
    public bool RefusesWrites => !MayEvict && IsFull;

    /// <summary>Whether there is a key that the policy gives up when memory is short.</summary>
    public bool MayEvict => Settings.Policy != EvictionPolicy.NoEviction && (Settings.EvictsExpiringOnly ? ExpiringKeyCount : KeyCount) > 0;

    /// <summary>Whether the data takes more than <c>maxmemory</c>.</summary>
    public bool IsFull => Settings.MaxMemoryBytes is > 0 and var limit && (Spills ? OverheadBytes + LargeValues.Bytes > limit / 10 * 9 : UsedBytes > limit);

    /// <summary>Makes an empty keyset with an id of its own.</summary>
    public Keyset NewKeyset() => AddKeyset((uint)Interlocked.Increment(ref lastKeysetId));

    /// <summary>Makes the keyset of an id that is known from before.</summary>
    public Keyset RestoreKeyset(uint id, bool holdsFields = false)
    {
        lastKeysetId = Math.Max(lastKeysetId, id);
        return FindKeyset(id) ?? AddKeyset(id, holdsFields);
    }

    /// <summary>What each name of a namespace stands for, as the log knows it: ids of keysets.</summary>
    public ConcurrentDictionary<string, uint> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>Has a name stand for a keyset from here on, or for none. While no batch runs that uses either, or before anybody can.</summary>
    public void Name(string name, Keyset? keys)
    {
        // The fields of a hash are only reached by their key's record, which is logged for itself.
        var takesAway = Names.TryGetValue(name, out var before) && before != keys?.Id && !FieldsName.Is(name);
        if (keys == null)
            Names.TryRemove(name, out _);
        else
            Names[name] = keys.Id;
        Log.AppendNamespace(name, keys?.Id ?? 0, takesAway);
    }

    /// <summary>The sources of the libraries of functions by name, as the log knows them.</summary>
    public ConcurrentDictionary<string, byte[]> Libraries { get; } = new(StringComparer.Ordinal);

    /// <summary>Keeps the source of a library of functions; one of no bytes when it is there no more. While no other batch runs.</summary>
    public void KeepLibrary(string name, byte[] source)
    {
        if (source.Length == 0)
            Libraries.TryRemove(name, out _);
        else
            Libraries[name] = source;
        Interlocked.Increment(ref libraryChanges);
        Log.AppendLibrary(name, source);
    }

    private Keyset AddKeyset(uint id, bool holdsFields = false)
    {
        var keyset = new Keyset(id, liveBytes, holdsFields ? fieldDirectories : directories, isListed: holdsFields || Settings.ListsKeys, holdsFields);
        keysets[keyset.Id] = keyset;
        return keyset;
    }

    /// <summary>Forgets a keyset that nobody reaches any more; its records are garbage from now on.</summary>
    public void Drop(Keyset keyset)
    {
        if (!keysets.TryRemove(keyset.Id, out _))
            return;
        keyset.Dispose();
        if (keyset.HasLargeValues || !keyset.HoldsFields)
            LargeValues.FreeKeyset(keyset.Id);
        foreach (var fields in keyset.LargeHashes.Values)
            DropFields(fields);
    }

    public Keyset? FindKeyset(uint id) => keysets.GetValueOrDefault(id);

    /// <summary>Lends a session, to be given back by the same thread or another when the batch is over.</summary>
    public StoreSession Lease()
    {
        if (threadSession is { } mine && mine.Store == this)
        {
            threadSession = null;
            return mine;
        }

        if (idleSessions.TryTake(out var idle))
            return idle;
        var session = new StoreSession(this);
        allSessions.Add(session);
        return session;
    }

    public void Return(StoreSession session)
    {
        if (session.IsBroken)
            return;
        session.TouchesKeys = true;
        if (threadSession == null)
            threadSession = session;
        else
            idleSessions.Add(session);
    }

    /// <summary>Doubles the hash index while there are too many keys for its buckets. Runs alone; the caller is in no batch.</summary>
    public void GrowIndexIfCrowded(StoreSession session)
    {
        while (KeyCount + FieldCount > kv.IndexSize * KeysPerBucketMax)
            session.BetweenBatches(GrowIndexIfCrowded);
    }

    /// <summary>Makes the hash index large enough for so many keys, which is cheap while it is empty. The caller is in no batch.</summary>
    public void ReserveIndex(long keys)
    {
        var session = Lease();
        while (keys > kv.IndexSize * KeysPerBucketMax)
            session.BetweenBatches(GrowIndex);
        Return(session);
    }

    public void MeasureOverhead() =>
        Interlocked.Exchange(ref overheadBytes, IndexBytes + keysets.Values.Sum(k => k.Ordered?.Bytes ?? 0));

    public void Dispose()
    {
        // A batch that does not end keeps what it works on: the process is about to end as well.
        if (!Gate.TryEnd(DisposeLimit))
            return;
        foreach (var session in allSessions)
            session.Dispose();
        kv.Dispose();
        device.Dispose();
        foreach (var keyset in keysets.Values)
            keyset.Dispose();
        LargeValues.Dispose();
    }

    internal ClientSession<SpanByte, SpanByte, StoreInput, Empty, Empty, StoreCallbacks> NewFasterSession() =>
        kv.For(default(StoreCallbacks)).NewSession(
            default(StoreCallbacks),
            sessionName: null,
            new SessionVariableLengthStructSettings<SpanByte, StoreInput> { valueLength = new SlotLength() });

    /// <summary>Writes and deletions so far, of libraries too, whether they were kept or not.</summary>
    public long Changes => allSessions.Sum(session => session.Changes) + Interlocked.Read(ref libraryChanges);

    internal IFasterScanIterator<SpanByte, SpanByte> ScanLog(long from, long until) =>
        kv.Log.Scan(from, until, SpillDevice == null ? ScanBufferingMode.NoBuffering : ScanBufferingMode.SinglePageBuffering);

    /// <summary>Makes what is before an address immutable, and has it written to the spill device.</summary>
    internal void ShiftReadOnly(long address) => kv.Log.ShiftReadOnlyAddress(address, wait: false);

    /// <summary>Lets what is before an address, and has been written, leave memory.</summary>
    internal void ShiftHead(long address) => kv.Log.ShiftHeadAddress(address, wait: false);

    /// <summary>Gives the log before <paramref name="address"/> back; nothing live may be there.</summary>
    internal void ShiftBegin(long address) => kv.Log.ShiftBeginAddress(address, truncateLog: true);

    // Somebody else may have seen it as well.
    private void GrowIndexIfCrowded()
    {
        if (KeyCount + FieldCount > kv.IndexSize * KeysPerBucketMax)
            GrowIndex();
    }

    private void GrowIndex()
    {
        var formerBytes = kv.IndexSize * BucketBytes;
        kv.GrowIndex();
        Interlocked.Add(ref replacedIndexBytes, formerBytes);
        Prefetch.Refresh();
    }

    // The ring of pages only has to be larger than the log ever gets; pages take memory when they are used.
    private static long RingBytes()
    {
        var wanted = Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, 1L << 30) * 2;
        return (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)wanted);
    }
}

/// <summary>Told of a key that was not there, or whose time was up; its bytes are valid in the call only. Must not call the store.</summary>
internal delegate void KeyCreated(Keyset keys, ReadOnlySpan<byte> key);

/// <summary>Told of the key of a hash; its bytes are valid in the call only.</summary>
internal delegate void KeyOfHash(Keyset keys, ReadOnlySpan<byte> key);

/// <summary>Told of a key that nobody deleted and that is gone; its bytes are valid in the call only.</summary>
internal delegate void KeyGone(Keyset keys, ReadOnlySpan<byte> key, bool isEvicted);
