using System.Runtime.InteropServices;

namespace RespKv.Load.Table;

/// <summary>A run of the table: row after row, and the report after each, so that a run that is ended leaves what it has.</summary>
internal static class TableRun
{
    /// <returns>The exit code: 1 when a server could not be started at all, or a row failed for the server whose goals they are.</returns>
    public static int Run(TableOptions options)
    {
        using var fleet = new Fleet();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => fleet.Dispose());
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => fleet.Dispose());
        IReadOnlyList<Entrant> entrants;
        try
        {
            entrants = [.. options.Servers.Select((spec, number) => Introduce(fleet, spec, isSubject: number == 0))];
        }
        catch (InvalidOperationException fault)
        {
            Console.Error.WriteLine(fault.Message);
            return 1;
        }

        var report = new TableReport(options, entrants, Machine.Describe(), DateTimeOffset.Now);
        var rows = TableRows.All.Where(row => options.Selects(row.Name)).ToArray();
        for (var i = 0; i < rows.Length; i++)
        {
            Console.Error.WriteLine($"{i + 1}/{rows.Length} {rows[i].Name}");
            var result = rows[i].Run(options, entrants, fleet);
            if (fleet.IsClosed)
            {
                return 1;
            }

            report.Add(rows[i], result);
            if (options.Output is { } path)
            {
                report.WriteTo(path);
            }
        }

        Console.WriteLine(report);
        return report.HasFailures ? 1 : 0;
    }

    /// <summary>Starts a server to learn which product and version it is.</summary>
    private static Entrant Introduce(Fleet fleet, ServerSpec spec, bool isSubject)
    {
        var server = fleet.Start(spec);
        try
        {
            server.WaitUntilItAnswers();
            return new Entrant(spec, server.Version(), isSubject);
        }
        finally
        {
            fleet.End(server);
        }
    }
}
