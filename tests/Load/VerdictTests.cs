using RespKv.Load.Table;

namespace RespKv.Tests.Load;

/// <summary>What the table of speeds says of figures: medians, ratios, and whether goals are met.</summary>
public sealed class VerdictTests
{
    private static readonly Goal[] Goals = [Goal.AtLeast(Measure.Rate, 1.1), Goal.AtMost(Measure.ServerCpu, 0.8)];

    [Fact]
    public void A_figure_is_the_median_of_its_rounds_with_the_least_and_the_greatest()
    {
        var line = new Line("a", Role.Subject);
        foreach (var rate in new[] { 30.0, 10, 20, 50, 40 })
            line.Add(new Dictionary<Measure, double> { [Measure.Rate] = rate });
        Assert.Equal((30.0, 10.0, 50.0), (line.Median(Measure.Rate), line.Min(Measure.Rate), line.Max(Measure.Rate)));
        line.Add(new Dictionary<Measure, double> { [Measure.Rate] = 20 });
        Assert.Equal(25.0, line.Median(Measure.Rate));
        Assert.Null(line.Median(Measure.ServerCpu));
    }

    [Fact]
    public void A_ratio_is_to_the_best_peer_in_each_figure_and_not_to_one_that_is_not_counted_or_failed()
    {
        var subject = Served("subject", Role.Subject, rate: 220, cpu: 1);
        Line[] lines =
        [
            subject, Served("fast", Role.Peer, rate: 200, cpu: 4), Served("cheap", Role.Peer, rate: 100, cpu: 2),
            Served("other", Role.NotCounted, rate: 900, cpu: 0.1), Served("broken", Role.Peer, rate: 800, cpu: 0.2),
        ];
        lines[^1].Fault = "it ended";
        Assert.Equal(1.1, subject.Ratio(Measure.Rate, lines)!.Value, 9);
        Assert.Equal(0.5, subject.Ratio(Measure.ServerCpu, lines)!.Value, 9);
        Assert.Equal(Outcome.Met, Verdict.Of(subject, lines).Outcome);
    }

    [Fact]
    public void Each_goal_that_is_missed_is_named_with_its_ratio()
    {
        var subject = Served("subject", Role.Subject, rate: 100, cpu: 3);
        Line[] lines = [subject, Served("peer", Role.Peer, rate: 200, cpu: 2)];
        Assert.Equal(new Verdict(Outcome.Missed, "missed: rate 0.50, CPU 1.50"), Verdict.Of(subject, lines));
    }

    [Theory]
    [InlineData(99, 50)]
    [InlineData(50, 99)]
    public void Where_the_load_program_was_the_limit_of_either_side_CPU_decides_alone(double subjectBusy, double peerBusy)
    {
        var subject = Served("subject", Role.Subject, rate: 100, cpu: 1, busy: subjectBusy);
        Line[] lines = [subject, Served("peer", Role.Peer, rate: 100, cpu: 2, busy: peerBusy)];
        Assert.Equal(new Verdict(Outcome.Met, "met (CPU decides)"), Verdict.Of(subject, lines));
    }

    [Fact]
    public void Without_a_peer_a_ratio_is_open_and_a_limit_is_not()
    {
        var alone = Served("alone", Role.Subject, rate: 100, cpu: 1);
        Assert.Equal(Outcome.Open, Verdict.Of(alone, [alone]).Outcome);

        var empty = new Line("empty", Role.Subject, Goal.Below(Measure.EmptyMemory, 80));
        empty.Add(new Dictionary<Measure, double> { [Measure.EmptyMemory] = 80 });
        Assert.Equal(Outcome.Missed, Verdict.Of(empty, [empty]).Outcome);
    }

    [Fact]
    public void A_server_that_failed_has_met_nothing_and_a_peer_has_no_goals()
    {
        var subject = Served("subject", Role.Subject, rate: 100, cpu: 1);
        var peer = new Line("peer", Role.Peer);
        subject.Fault = "Error reply: ERR unknown command";
        Assert.Equal(Outcome.Failed, Verdict.Of(subject, [subject, peer]).Outcome);
        Assert.Equal(Outcome.None, Verdict.Of(peer, [subject, peer]).Outcome);
    }

    internal static Line Served(string name, Role role, double rate, double cpu, double busy = 50)
    {
        var line = new Line(name, role, role == Role.Subject ? Goals : []);
        line.Add(new Dictionary<Measure, double>
        {
            [Measure.Rate] = rate,
            [Measure.ServerCpu] = cpu,
            [Measure.LoadCpu] = 0.3,
            [Measure.LoadBusy] = busy,
        });
        return line;
    }
}
