using System.Globalization;

namespace RespKv.Load.Table;

/// <summary>What a figure is held against.</summary>
internal enum GoalKind
{
    /// <summary>As a multiple of the best peer's, at least the limit.</summary>
    RatioAtLeast,

    /// <summary>As a multiple of the best peer's, at most the limit.</summary>
    RatioAtMost,

    /// <summary>By itself, below the limit.</summary>
    Below,
}

/// <summary>One goal of a row.</summary>
internal sealed record Goal(Measure Measure, GoalKind Kind, double Limit)
{
    public static Goal AtLeast(Measure measure, double ratio) => new(measure, GoalKind.RatioAtLeast, ratio);

    public static Goal AtMost(Measure measure, double ratio) => new(measure, GoalKind.RatioAtMost, ratio);

    public static Goal Below(Measure measure, double limit) => new(measure, GoalKind.Below, limit);

    /// <summary>The figure that the limit is for; null when it was not measured, or nothing to compare it with was.</summary>
    public double? FigureOf(Line line, IReadOnlyList<Line> lines) =>
        Kind == GoalKind.Below ? line.Median(Measure) : line.Ratio(Measure, lines);

    public bool IsMetBy(double figure) => Kind switch
    {
        GoalKind.RatioAtLeast => figure >= Limit,
        GoalKind.RatioAtMost => figure <= Limit,
        _ => figure < Limit,
    };

    public override string ToString()
    {
        var sign = Kind switch { GoalKind.RatioAtLeast => "at least", GoalKind.RatioAtMost => "at most", _ => "below" };
        return string.Create(CultureInfo.InvariantCulture, $"{Measure.Name} {sign} {Limit:0.##}");
    }
}
