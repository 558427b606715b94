using System.Diagnostics;

namespace RespKv.Load.Table;

/// <summary>Whole iterations over the keys by SCAN, with or without a prefix.</summary>
internal sealed record ScanRow(string Name, string Title, bool HasPrefix, params Goal[] Goals) : TableRow(Name, Title, Section.Scan)
{
    private const long Keys = 1_000_000;
    private const int Count = 1000;
    private const int OneIn = 1000;
    private const int ValueBytes = 64;

    public override RowResult Run(TableOptions options, IReadOnlyList<Entrant> entrants, Fleet fleet)
    {
        var keys = options.Keys(Keys);
        var (wanted, pattern) = HasPrefix ? Prefix(keys / OneIn) : (keys, null);
        using var contest = new Contest(fleet, entrants.Select(entrant => new Contestant(entrant, new Line(entrant.Spec.Name, entrant.Role(), entrant.IsSubject ? Goals : []))));
        contest.Start(contestant => contestant.Entrant.Spec);
        contest.Each(contestant =>
        {
            contestant.Take(Traffic.Fill(keys, Workload.Fill(ValueBytes)));
            using var client = contestant.Connect();
            if (HasPrefix && contestant.Entrant.IsRespKv)
            {
                client.List(1);
            }

            Pass(client, pattern, wanted);
        });
        for (var round = 0; round < options.Rounds; round++)
        {
            contest.Each(contestant =>
            {
                using var client = contestant.Connect();
                var (start, cpu, passes) = (Stopwatch.GetTimestamp(), contestant.Cpu, 0);
                while (passes == 0 || Stopwatch.GetElapsedTime(start).TotalSeconds < options.Seconds)
                {
                    Pass(client, pattern, wanted);
                    passes++;
                }

                contestant.Line.Add(new Dictionary<Measure, double>
                {
                    [Measure.PassRate] = passes / Stopwatch.GetElapsedTime(start).TotalSeconds,
                    [Measure.PassCpu] = (contestant.Cpu - cpu).TotalMilliseconds / passes,
                });
            });
        }

        return new RowResult(contest.Lines);
    }

    /// <summary>A pattern for at most so many of the first keys, and how many it is: a power of ten.</summary>
    private static (long Count, string Pattern) Prefix(long count)
    {
        var free = $"{count}".Length - 1;
        return ((long)Math.Pow(10, free), $"{Workload.KeyPrefix}{new string('0', RequestTemplate.KeyDigits - free)}*");
    }

    private static void Pass(PageClient client, string? pattern, long wanted)
    {
        var found = client.Scan(Count, pattern);
        if (found != wanted)
        {
            throw new ReplyException($"SCAN returned {found} keys where there are {wanted}");
        }
    }
}
