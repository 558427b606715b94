using System.Diagnostics;

namespace RespKv.Load.Table;

/// <summary>KV.LIST over few and over many keys, on two servers of the first one's kind: what a page costs must not depend on how many keys there are.</summary>
internal sealed record ListRow(string Name, string Title, double RatioAtMost) : TableRow(Name, Title, Section.List)
{
    private const long Few = 1_000_000;
    private const long Many = 10_000_000;
    private const int PageKeys = 1000;
    private const int ValueBytes = 64;

    public override RowResult Run(TableOptions options, IReadOnlyList<Entrant> entrants, Fleet fleet)
    {
        if (entrants.FirstOrDefault(entrant => entrant.IsRespKv) is not { } lister)
        {
            return new RowResult([], "no server has KV.LIST");
        }

        (long Keys, Line Line)[] sizes =
        [
            (options.Keys(Many), new Line(lister.Spec.Name + ", 10 million keys", Role.Subject, Goal.AtMost(Measure.PageTime, RatioAtMost))),
            (options.Keys(Few), new Line(lister.Spec.Name + ", 1 million keys", Role.Peer)),
        ];
        using var contest = new Contest(fleet, sizes.Select(size => new Contestant(lister, size.Line)));
        var keys = sizes.ToDictionary(size => size.Line, size => size.Keys);
        var clients = new Dictionary<Contestant, PageClient>();
        try
        {
            contest.Start(contestant => contestant.Entrant.Spec);
            contest.Each(contestant =>
            {
                contestant.Take(Traffic.Fill(keys[contestant.Line], Workload.Fill(ValueBytes)));
                clients[contestant] = contestant.Connect();
                clients[contestant].List(PageKeys);
            });
            for (var round = 0; round < options.Rounds; round++)
            {
                contest.Each(contestant =>
                {
                    Walk(clients[contestant], options.WarmUpSeconds);
                    var (start, cpu) = (Stopwatch.GetTimestamp(), contestant.Cpu);
                    var pages = Walk(clients[contestant], options.Seconds);
                    contestant.Line.Add(new Dictionary<Measure, double>
                    {
                        [Measure.PageTime] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / pages,
                        [Measure.PageCpu] = (contestant.Cpu - cpu).TotalMicroseconds / pages,
                    });
                });
            }
        }
        finally
        {
            foreach (var client in clients.Values)
            {
                client.Dispose();
            }
        }

        return new RowResult(contest.Lines);
    }

    /// <summary>Goes from page to page, from the last to the first again, and says how many there were.</summary>
    private static int Walk(PageClient client, double seconds)
    {
        var (start, pages) = (Stopwatch.GetTimestamp(), 0);
        do
        {
            // An empty page can come behind a full last one.
            var keys = client.List(PageKeys);
            pages += keys == PageKeys ? 1 : 0;
        }
        while (pages == 0 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);
        return pages;
    }
}
