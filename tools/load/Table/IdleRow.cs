using System.Net;
using System.Net.Sockets;

namespace RespKv.Load.Table;

/// <summary>What a server takes that has nothing to do, alone and with many clients.</summary>
internal sealed record IdleRow(string Name, string Title, params Goal[] Goals) : TableRow(Name, Title, Section.Idle)
{
    private const int Clients = 10_000;
    private const int QuickClients = 1000;

    public override RowResult Run(TableOptions options, IReadOnlyList<Entrant> entrants, Fleet fleet)
    {
        var clients = options.IsQuick ? QuickClients : Clients;
        using var contest = new Contest(fleet, entrants.Select(entrant => new Contestant(entrant, new Line(entrant.Spec.Name, entrant.Role(), entrant.IsSubject ? Goals : []))));
        for (var round = 0; round < options.Rounds; round++)
        {
            contest.Each(contestant =>
            {
                contestant.Process = fleet.Start(contestant.Entrant.Spec);
                contestant.Process.WaitUntilItAnswers();
                var empty = contestant.SettledBytes();
                var alone = CpuPerSecond(contestant, options.IdleSeconds);
                var crowd = new List<Socket>(clients);
                try
                {
                    Connect(contestant.Process.Address, clients, crowd);
                    var memory = contestant.SettledBytes() - empty;
                    contestant.Line.Add(new Dictionary<Measure, double>
                    {
                        [Measure.CrowdMemory] = memory / 1e6,
                        [Measure.CrowdCpu] = CpuPerSecond(contestant, options.IdleSeconds),
                        [Measure.IdleCpu] = alone,
                    });
                }
                finally
                {
                    crowd.ForEach(client => client.Dispose());
                }

                contest.End(contestant);
            });
        }

        return new RowResult(contest.Lines, clients == Clients ? null : $"{clients} clients");
    }

    private static double CpuPerSecond(Contestant contestant, double seconds)
    {
        // What a server does after a start, or after its clients have come, such as compiling, is no idleness yet.
        Thread.Sleep(TimeSpan.FromSeconds(seconds / 2));
        var before = contestant.Cpu;
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        return (contestant.Cpu - before).TotalMilliseconds / seconds;
    }

    private static void Connect(IPEndPoint server, int clients, List<Socket> crowd)
    {
        var reply = new byte[16];
        for (var i = 0; i < clients; i++)
        {
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 10_000 };
            crowd.Add(client);
            client.Connect(server);
            client.Send("*1\r\n$4\r\nPING\r\n"u8);
            if (!reply.AsSpan(0, client.Receive(reply)).SequenceEqual("+PONG\r\n"u8))
            {
                throw new ReplyException($"Client {i + 1} of {clients} was not served");
            }
        }
    }
}
