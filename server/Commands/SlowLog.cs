using System.Diagnostics;
using System.Text;
using RespKv.Protocol;

namespace RespKv.Server.Commands;

/// <summary>A call that took long.</summary>
internal sealed record SlowLogEntry(long Id, long UnixSeconds, long Microseconds, byte[][] Arguments, string ClientAddress, string ClientName);

/// <summary>The last calls that took longer than a threshold, newest first. Thread-safe; only what is logged pays for it.</summary>
internal sealed class SlowLog
{
    // What an entry keeps of a call at most: this many arguments, the last of them standing for those left out, and this many bytes of each.
    private const int ArgumentsMax = 32;
    private const int ArgumentBytesMax = 128;

    private readonly LinkedList<SlowLogEntry> entries = new();
    private readonly Lock changing = new();
    private long nextId;
    private long thresholdMicroseconds = 10_000;
    private int lengthMax = 128;

    /// <summary><c>slowlog-log-slower-than</c>, in microseconds: 0 logs every call, a negative one none.</summary>
    public long ThresholdMicroseconds
    {
        get => thresholdMicroseconds;
        set
        {
            thresholdMicroseconds = value;
            ThresholdTicks = value < 0 ? long.MaxValue : (long)(value * (Stopwatch.Frequency / 1e6));
        }
    }

    /// <summary><c>slowlog-max-len</c>.</summary>
    public int LengthMax
    {
        get => lengthMax;
        set
        {
            lengthMax = value;
            lock (changing)
                Trim();
        }
    }

    /// <summary>The threshold in ticks of the stopwatch; what takes as long is logged.</summary>
    public long ThresholdTicks { get; private set; } = Stopwatch.Frequency / 100;

    public int Count
    {
        get
        {
            lock (changing)
                return entries.Count;
        }
    }

    /// <summary>Logs a call that took long, with the arguments of the context's request.</summary>
    public void Add(CommandContext context, Command command, long elapsedTicks)
    {
        var arguments = Arguments(context.Request, SecretArguments.Of(command, context.Request));
        var microseconds = (long)(elapsedTicks * (1e6 / Stopwatch.Frequency));
        lock (changing)
        {
            entries.AddFirst(new SlowLogEntry(nextId++, context.NowMs / 1000, microseconds, arguments, context.Client.Address, context.Client.Name));
            Trim();
        }
    }

    /// <summary>The newest entries.</summary>
    public SlowLogEntry[] Newest(int count)
    {
        lock (changing)
            return [.. entries.Take(count)];
    }

    public void Clear()
    {
        lock (changing)
            entries.Clear();
    }

    private static byte[][] Arguments(RespRequest request, Range secret)
    {
        var kept = new byte[Math.Min(request.Length, ArgumentsMax)][];
        var (firstSecret, secrets) = secret.GetOffsetAndLength(request.Length);
        for (var i = 0; i < kept.Length; i++)
            kept[i] = i >= firstSecret && i < firstSecret + secrets ? "(redacted)"u8.ToArray() : Shortened(request[i]);
        if (request.Length > ArgumentsMax)
            kept[^1] = Encoding.ASCII.GetBytes($"... ({request.Length - ArgumentsMax + 1} more arguments)");
        return kept;
    }

    private static byte[] Shortened(ReadOnlySpan<byte> argument) => argument.Length <= ArgumentBytesMax
        ? argument.ToArray()
        : [.. argument[..ArgumentBytesMax], .. Encoding.ASCII.GetBytes($"... ({argument.Length - ArgumentBytesMax} more bytes)")];

    private void Trim()
    {
        while (entries.Count > lengthMax)
            entries.RemoveLast();
    }
}
