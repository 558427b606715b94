namespace RespKv.Server.Storage.Ordered;

/// <summary>
/// The keys of a keyset in byte order, for listings by prefix. A tree of two levels of branches over packed leaves, under one lock that is held for moments.
/// It has copies of the keys, so it depends on nothing else.
/// </summary>
internal sealed class OrderedKeyIndex : IDisposable
{
    // Leaves in a branch before it is split.
    private const int BranchLeavesMax = 512;

    private readonly Lock door = new();
    private readonly List<List<OrderedLeaf>> branches = [];
    private long bytes;
    private bool isDisposed;

    public long Count { get; private set; }

    /// <summary>Managed memory, about.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>Adds a key; false when it is there.</summary>
    public bool Insert(ReadOnlySpan<byte> key)
    {
        lock (door)
        {
            if (isDisposed)
                return false;
            if (branches.Count == 0)
            {
                AddLeaf([], 0, new OrderedLeaf(key));
                Count = 1;
                return true;
            }

            var branchIndex = FindBranch(key);
            var branch = branches[branchIndex];
            var leafIndex = FindLeaf(branch, key);
            var leaf = branch[leafIndex];
            bytes -= leaf.Bytes;
            var isNew = leaf.Insert(key);
            if (leaf.NeedsSplit)
                AddLeaf(branch, leafIndex + 1, leaf.Split());
            bytes += leaf.Bytes;
            if (branch.Count > BranchLeavesMax)
                SplitBranch(branchIndex);
            if (isNew)
                Count++;
            return isNew;
        }
    }

    /// <summary>Takes a key out; false when it is not there.</summary>
    public bool Remove(ReadOnlySpan<byte> key)
    {
        lock (door)
        {
            if (branches.Count == 0)
                return false;
            var branchIndex = FindBranch(key);
            var branch = branches[branchIndex];
            var leafIndex = FindLeaf(branch, key);
            var leaf = branch[leafIndex];
            bytes -= leaf.Bytes;
            var wasThere = leaf.Remove(key);
            bytes += leaf.Bytes;
            if (wasThere)
            {
                Count--;
                Tidy(branchIndex, leafIndex);
            }

            return wasThere;
        }
    }

    /// <summary>
    /// Hands keys that begin with a prefix to the sink, in order, at most <paramref name="limit"/>; only those behind <paramref name="after"/> when
    /// <paramref name="hasAfter"/>.
    /// </summary>
    /// <returns>How many.</returns>
    public int List(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> after, bool hasAfter, int limit, IKeySink? sink)
    {
        lock (door)
        {
            if (branches.Count == 0)
                return 0;
            var start = hasAfter && after.SequenceCompareTo(prefix) > 0 ? after : prefix;
            var branchIndex = FindBranch(start);
            var leafIndex = FindLeaf(branches[branchIndex], start);
            var left = limit;
            for (; branchIndex < branches.Count && left > 0; branchIndex++, leafIndex = 0)
            {
                for (; leafIndex < branches[branchIndex].Count && left > 0; leafIndex++)
                {
                    if (!branches[branchIndex][leafIndex].List(prefix, after, hasAfter, ref left, sink))
                        return limit - left;
                }
            }

            return limit - left;
        }
    }

    /// <summary>How many keys begin with a prefix, counting no further than <paramref name="atMost"/>.</summary>
    public int CountPrefix(ReadOnlySpan<byte> prefix, int atMost) => List(prefix, default, hasAfter: false, atMost, null);

    public void Dispose()
    {
        lock (door)
        {
            isDisposed = true;
            branches.Clear();
            Count = bytes = 0;
        }
    }

    private int FindBranch(ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, branches.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (branches[middle][0].IsAfter(key))
                high = middle - 1;
            else
                low = middle;
        }

        return low;
    }

    private static int FindLeaf(List<OrderedLeaf> branch, ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, branch.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (branch[middle].IsAfter(key))
                high = middle - 1;
            else
                low = middle;
        }

        return low;
    }

    private void AddLeaf(List<OrderedLeaf> branch, int index, OrderedLeaf leaf)
    {
        if (branches.Count == 0)
            branches.Add(branch);
        branch.Insert(index, leaf);
        bytes += leaf.Bytes;
    }

    private void SplitBranch(int index)
    {
        var branch = branches[index];
        var half = branch.Count / 2;
        branches.Insert(index + 1, branch.GetRange(half, branch.Count - half));
        branch.RemoveRange(half, branch.Count - half);
    }

    /// <summary>Lets an emptied leaf go, and joins a small one with a small neighbour.</summary>
    private void Tidy(int branchIndex, int leafIndex)
    {
        var branch = branches[branchIndex];
        if (branch[leafIndex].Count > 0)
        {
            if (!TryJoin(branch, leafIndex))
                TryJoin(branch, leafIndex - 1);
            return;
        }

        bytes -= branch[leafIndex].Bytes;
        branch.RemoveAt(leafIndex);
        if (branch.Count == 0)
            branches.RemoveAt(branchIndex);
    }

    /// <summary>Joins a leaf with the next, if there are both and they are small.</summary>
    private bool TryJoin(List<OrderedLeaf> branch, int index)
    {
        if (index < 0 || index + 1 >= branch.Count)
            return false;
        var (leaf, next) = (branch[index], branch[index + 1]);
        if (leaf.UsedBytes + next.UsedBytes >= OrderedLeaf.SplitBytes / 4)
            return false;
        bytes -= leaf.Bytes + next.Bytes;
        leaf.Absorb(next);
        branch.RemoveAt(index + 1);
        bytes += leaf.Bytes;
        return true;
    }
}
