using System.Globalization;
using System.Text;
using RespKv.Protocol;

namespace RespKv.Tests.Compatibility;

/// <summary>Plays a scenario to two servers at once and tells where their replies disagree.</summary>
/// <param name="peerPort">The port of the server that is right by definition.</param>
/// <param name="subjectPort">The port of the server under test.</param>
/// <param name="differences">The differences that are meant.</param>
internal sealed class ExchangeRunner(int peerPort, int subjectPort, IReadOnlyList<IntendedDifference> differences)
{
    /// <summary>The Redis that RespKv replies as.</summary>
    public static readonly Version Current = new(7, 4);

    /// <summary>The peer's version, which decides what it can be asked, and which differences are due to its age.</summary>
    public Version PeerVersion { get; init; } = new(7, 0);

    /// <summary>The version whose replies the subject gives; steps that are newer are left out.</summary>
    public Version SubjectVersion { get; init; } = Current;

    /// <summary>Returns one message for each disagreement; none is a pass.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(ExchangeScenario scenario)
    {
        await FlushAsync(peerPort);
        await FlushAsync(subjectPort);
        await using var peer = new ExchangeSide(peerPort, scenario.IsResp3);
        await using var subject = new ExchangeSide(subjectPort, scenario.IsResp3);
        var faults = new List<string>();
        foreach (var step in scenario.Steps)
        {
            if (step.Action == ExchangeAction.Sleep)
            {
                await Task.Delay(int.Parse(Encoding.ASCII.GetString(step.Words[0]), CultureInfo.InvariantCulture));
                continue;
            }

            if (step.Since > SubjectVersion)
                continue;
            var (expected, actual) = await PerformAsync(peer, subject, step);
            if (Judge(scenario, step, expected, actual) is { } fault)
                faults.Add(fault);
            // What follows a lost connection or a missing reply would only repeat that.
            if (expected.Fault is not null || actual.Fault is not null)
                break;
        }

        return faults;
    }

    private async Task<(ExchangeOutcome Expected, ExchangeOutcome Actual)> PerformAsync(ExchangeSide peer, ExchangeSide subject, ExchangeStep step)
    {
        if (step.Expected is { } documented && step.Since > PeerVersion)
            return (new ExchangeOutcome(documented), await subject.PerformAsync(step));
        var both = await Task.WhenAll(peer.PerformAsync(step), subject.PerformAsync(step));
        return (both[0], both[1]);
    }

    /// <summary>What is wrong with two outcomes, or null.</summary>
    private string? Judge(ExchangeScenario scenario, ExchangeStep step, ExchangeOutcome expected, ExchangeOutcome actual)
    {
        var worded = step.Expected == null ? Rewordings.As(PeerVersion, actual.Bytes) : actual.Bytes;
        var agrees = expected.Fault is null && actual.Fault is null && step.Comparison.Agrees(expected.Bytes, worded)
            && (step.Expected == null || step.Expected.AsSpan().SequenceEqual(actual.Bytes));
        var intended = differences.FirstOrDefault(difference => difference.Covers(scenario, step) && difference.Concerns(PeerVersion));
        if (intended is null ? agrees : !agrees && expected.Fault is null)
            return null;
        var where = $"{scenario.File}:{step.Line} [{step.Connection}] {step.Text}";
        var from = DescribedFrom(expected.Bytes, actual.Bytes);
        var both = $"\n  expected: {expected.Describe(from)}\n  actual:   {actual.Describe(from)}";
        return intended is null ? where + both : $"{where}\n  no longer differs, although meant to: {intended.Reason}{both}";
    }

    /// <summary>Where a message begins to show two replies: a little before they part, when that is far from the beginning.</summary>
    private static int DescribedFrom(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        var alike = expected.CommonPrefixLength(actual);
        return alike > 200 ? alike - 60 : 0;
    }

    private static async Task FlushAsync(int port)
    {
        await using var client = await RespClient.ConnectAsync("127.0.0.1", port);
        await client.ExecuteAsync("FLUSHALL");
    }
}
