namespace RespKv.Server.Commands;

/// <summary>How much memory is used for what, in bytes, at one moment.</summary>
internal readonly record struct MemoryFigures
{
    /// <summary>The data with index and directories: what <c>maxmemory</c> limits.</summary>
    public long Used { get; private init; }

    /// <summary>The most that <see cref="Used"/> was.</summary>
    public long Peak { get; private init; }

    /// <summary>What the store took before there was data.</summary>
    public long Startup { get; private init; }

    /// <summary>Memory of the machine that the process holds.</summary>
    public long Resident { get; private init; }

    /// <summary>All that is not data: index and directories.</summary>
    public long Overhead { get; private init; }

    /// <summary>Records and large values.</summary>
    public long Dataset { get; private init; }

    /// <summary>What the log, with its garbage, large values, directories and objects take.</summary>
    public long Allocated { get; private init; }

    /// <summary>The same with what is free but held.</summary>
    public long Committed { get; private init; }

    /// <summary>The machine's memory, or the container's limit.</summary>
    public long System { get; private init; }

    /// <summary>Requests and replies on their way.</summary>
    public long Clients { get; private init; }

    public long Keys { get; private init; }

    public double PeakPercentage => InfoMemorySection.Ratio(Used, Peak) * 100;

    public double DatasetPercentage => InfoMemorySection.Ratio(Dataset, Used - Startup) * 100;

    public static MemoryFigures Of(ServerState server)
    {
        var (store, sampler) = (server.Store, server.Sampler);
        var collector = GC.GetGCMemoryInfo();
        var outside = store.LargeValues.Bytes + store.Keysets.Sum(k => k.Directory.Bytes + (k.Ordered?.Bytes ?? 0));
        return new MemoryFigures
        {
            Used = sampler.UsedBytes,
            Peak = sampler.PeakBytes,
            Startup = sampler.StartupBytes,
            Resident = Environment.WorkingSet,
            Overhead = store.OverheadBytes,
            Dataset = store.LiveBytes + store.LargeValues.Bytes,
            Allocated = GC.GetTotalMemory(forceFullCollection: false) + outside,
            Committed = collector.TotalCommittedBytes + outside,
            System = collector.TotalAvailableMemoryBytes,
            Clients = server.Clients.Values.Sum(c => c.Connection.PendingInputBytes + c.Connection.PendingOutputBytes),
            Keys = store.KeyCount,
        };
    }
}
