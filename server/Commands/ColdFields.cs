using RespKv.Server.Kv;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>Fields of large hashes whose records are not in memory: they are fetched before the command needs them, as keys are (<see cref="ColdKeys"/>).</summary>
internal static class ColdFields
{
    /// <summary>Whether the client has to wait for fields that it names, and the command runs again after that.</summary>
    /// <param name="context">The command.</param>
    /// <param name="first">The first field's argument.</param>
    /// <param name="step">Arguments from one field to the next.</param>
    public static bool MustFetch(CommandContext context, int first, int step)
    {
        if (FieldsToFetch(context) is not { } fields)
            return false;
        var cold = new List<(Keyset, byte[])>();
        for (var i = first; i < context.Request.Length; i += step)
            Add(context, fields, context.Request[i], cold);
        return Fetch(context, cold);
    }

    /// <summary>The same for all fields. Their names alone are in memory, as long as none of them may have ended.</summary>
    /// <param name="context">The command.</param>
    /// <param name="values">Whether it wants their values.</param>
    /// <param name="isTakenInSlices">Whether so many that they are taken in slices are fetched in slices, too.</param>
    public static bool MustFetchAll(CommandContext context, bool values, bool isTakenInSlices = false)
    {
        if (FieldsToFetch(context) is not { } fields || (!values && fields.Directory.WheelCount == 0))
            return false;
        if (isTakenInSlices && fields.Directory.Count >= LargeHashReply.FieldsMin && !context.IsInScript)
            return false;
        var names = new Names();
        var cursor = 0UL;
        do
            cursor = fields.Directory.Scan(cursor, 1000, context.NowMs, names);
        while (cursor != 0);
        return Fetch(context, fields, names);
    }

    /// <summary>The same for about so many fields from a cursor on.</summary>
    public static bool MustFetchSome(CommandContext context, ulong cursor, int count)
    {
        if (FieldsToFetch(context) is not { } fields)
            return false;
        var names = new Names();
        fields.Directory.Scan(cursor, count, context.NowMs, names);
        return Fetch(context, fields, names);
    }

    /// <summary>Whether the command goes on on a worker, which may wait for the disk: it is not known beforehand which fields it looks at.</summary>
    public static bool MustMove(CommandContext context)
    {
        if (FieldsToFetch(context) == null || Thread.CurrentThread.IsThreadPoolThread)
            return false;
        context.Client.Result = new Fetched();
        context.RetryAfter(Task.CompletedTask);
        return true;
    }

    private static bool Fetch(CommandContext context, Keyset fields, Names names)
    {
        var cold = new List<(Keyset, byte[])>();
        foreach (var name in names.All)
            Add(context, fields, name, cold);
        return Fetch(context, cold);
    }

    private static Keyset? FieldsToFetch(CommandContext context)
    {
        var store = context.Server.Store;
        if (store.SpillDevice == null || !store.Memory.HasCold || context.IsInExec || context.Client.TakeResult() is Fetched)
            return null;
        var info = context.Reusable<RecordInfoReader>().AsUse(false);
        return context.Keyspace.Read(context.Request[1], info) && info.FieldsId != 0 ? store.FindKeyset(info.FieldsId) : null;
    }

    private static void Add(CommandContext context, Keyset fields, ReadOnlySpan<byte> name, List<(Keyset, byte[])> cold)
    {
        if (context.Keyspace.Session.IsCold(fields, name))
            cold.Add((fields, name.ToArray()));
    }

    private static bool Fetch(CommandContext context, List<(Keyset, byte[])> cold)
    {
        if (cold.Count == 0)
            return false;
        context.Client.Result = new Fetched();
        context.RetryAfter(context.Server.ColdReads!.Fetch(cold));
        return true;
    }

    /// <summary>Says that the command has waited, so that it runs whatever has happened to the fields since.</summary>
    private sealed record Fetched;

    private sealed class Names : IKeySink
    {
        public List<byte[]> All { get; } = [];

        public void Add(ReadOnlySpan<byte> key, byte type, bool mayBeExpired) => All.Add(key.ToArray());
    }
}
