namespace RespKv.Server.Storage.Directory;

/// <summary>
/// Times when keys may be due, as a wheel of four levels of 64 lists in ticks of 250 ms; the lists run through the keys' own blocks, so a key that goes leaves nothing
/// behind. What is further away than a level reaches moves down when its turn comes.
/// </summary>
internal sealed class ExpiryWheel
{
    private const int TickMs = 250;
    private const int SlotBits = 6;
    private const int Slots = 1 << SlotBits;
    private const int Levels = 4;
    private const long TicksMax = 1L << (SlotBits * Levels);

    // A block at the head of a list has the list's number here instead of a block before it.
    private const uint HeadMark = 0x80000000;

    // The clock of ticks begins in 2020, which lets 32 bits reach the year 2054; later times are looked at again then.
    private static readonly long EpochMs = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private readonly KeyArena arena;
    private readonly uint[] heads = new uint[Slots * Levels];
    private uint current;

    // Steps that are taken one by one; over more the whole wheel is laid out anew.
    private const uint StepsMax = 4096;

    // Steps (16 s) that a clock set back may be behind before the wheel follows it; less is waited for.
    private const uint StepsBackMax = 64;

    public ExpiryWheel(KeyArena arena, uint current = 0)
    {
        this.arena = arena;
        this.current = current;
    }

    /// <summary>Keys in it.</summary>
    public int Count { get; private set; }

    /// <summary>The first tick at which a time has passed.</summary>
    public static uint TickAfter(long unixMs) => (uint)Math.Clamp((unixMs - EpochMs + TickMs - 1) / TickMs, 1, uint.MaxValue - 1);

    /// <summary>The tick that a clock has reached.</summary>
    public static uint TickAt(long unixMs) => (uint)Math.Clamp((unixMs - EpochMs) / TickMs, 0, uint.MaxValue - 1);

    public void Add(uint reference, uint tick)
    {
        var block = Block(reference);
        block.Tick = tick;
        block.IsUnsettled = false;
        Link(reference, block, tick);
        Count++;
    }

    public void Remove(uint reference)
    {
        Unlink(Block(reference));
        Count--;
    }

    /// <summary>A block out of the list that comes up first; there is one.</summary>
    public uint Soonest()
    {
        for (var level = 0; level < Levels; level++)
        {
            // Where a higher level stands now, there is what comes a whole round later.
            var first = level == 0 ? 0u : 1u;
            for (var step = first; step < Slots + first; step++)
            {
                if (heads[(level * Slots) + (int)(((current >> (SlotBits * level)) + step) % Slots)] is var reference and not 0)
                    return reference;
            }
        }

        return 0;
    }

    /// <summary>A block out of any list; there is one.</summary>
    public uint Any()
    {
        var list = Random.Shared.Next(heads.Length);
        while (heads[list] == 0)
            list = (list + 1) % heads.Length;
        return heads[list];
    }

    /// <summary>An empty wheel at the same time, for blocks that have been copied to another arena.</summary>
    public ExpiryWheel MovedTo(KeyArena other) => new(other, current);

    /// <summary>
    /// The next block that is due, put off until <paramref name="retryTick"/>; 0 when none is due at <paramref name="nowTick"/>.
    /// </summary>
    public uint TakeDue(uint nowTick, uint retryTick)
    {
        if (Count == 0)
            current = nowTick;
        else if (nowTick > current + (long)StepsMax || nowTick + (long)StepsBackMax < current)
            JumpTo(nowTick);
        // A key put off from a time before the wheel's own would be found again at once, for ever.
        if (nowTick < current)
            return 0;
        while (true)
        {
            var reference = heads[current % Slots];
            if (reference != 0)
            {
                var block = Block(reference);
                Unlink(block);
                block.Tick = retryTick;
                block.IsUnsettled = true;
                Link(reference, block, retryTick);
                return reference;
            }

            if (current >= nowTick)
                return 0;
            current++;
            MoveDown();
        }
    }

    private void JumpTo(uint tick)
    {
        current = tick;
        var lists = (uint[])heads.Clone();
        Array.Clear(heads);
        foreach (var head in lists)
            RelinkList(head);
    }

    private void RelinkList(uint reference)
    {
        while (reference != 0)
        {
            var block = Block(reference);
            var next = block.Next;
            Link(reference, block, block.Tick);
            reference = next;
        }
    }

    private void MoveDown()
    {
        for (var level = 1; level < Levels; level++)
        {
            if ((current & ((1u << (SlotBits * level)) - 1)) != 0)
                return;
            ref var head = ref heads[(level * Slots) + (int)((current >> (SlotBits * level)) % Slots)];
            var reference = head;
            head = 0;
            RelinkList(reference);
        }
    }

    private void Link(uint reference, KeyBlock block, uint tick)
    {
        var list = ListFor(tick);
        block.Next = heads[list];
        block.Previous = HeadMark | (uint)list;
        if (block.Next != 0)
            Block(block.Next).Previous = reference;
        heads[list] = reference;
    }

    private void Unlink(KeyBlock block)
    {
        var (next, previous) = (block.Next, block.Previous);
        if ((previous & HeadMark) != 0)
            heads[previous & ~HeadMark] = next;
        else
            Block(previous).Next = next;
        if (next != 0)
            Block(next).Previous = previous;
    }

    private int ListFor(uint tick)
    {
        // What is due already is found at the tick that is being looked at.
        var at = Math.Max(tick, current);
        var away = at - (long)current;
        if (away >= TicksMax)
        {
            at = (uint)(current + TicksMax - 1);
            away = TicksMax - 1;
        }

        var level = 0;
        while (away >= 1L << (SlotBits * (level + 1)))
            level++;
        return (level * Slots) + (int)((at >> (SlotBits * level)) % Slots);
    }

    private KeyBlock Block(uint reference) => new(arena.Span(reference, KeyBlock.HeaderBytes + KeyBlock.LinkBytes));
}
