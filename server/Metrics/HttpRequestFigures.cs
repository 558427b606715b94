using Prometheus;
using RespKv.Server.Http;

namespace RespKv.Server.Metrics;

/// <summary>Counts and times of each kind of HTTP request.</summary>
internal sealed class HttpRequestFigures(HttpFigures http, MetricFactory metrics, FollowedCounts follow)
{
    private readonly Counter requests = metrics.CreateCounter("respkv_http_requests_total", "HTTP requests that were answered.", "operation", "status");
    private readonly Counter seconds = metrics.CreateCounter("respkv_http_requests_seconds_total", "Time that all HTTP requests took.", "operation");

    private readonly Histogram times = metrics.CreateHistogram(
        "respkv_http_request_duration_seconds",
        "Time of HTTP requests. The sum is that of the middles of the buckets; respkv_http_requests_seconds_total has it exactly.",
        ["operation"],
        new HistogramConfiguration { Buckets = HttpFigures.TimeBounds });

    /// <summary>Brings them up to date.</summary>
    public void Update()
    {
        foreach (var operation in Enum.GetValues<HttpOperation>())
        {
            var name = NameOf(operation);
            for (var status = 1; status <= 5; status++)
            {
                if (http.Requests(operation, status) is > 0 and var count)
                    follow.To(requests.WithLabels(name, $"{status}xx"), count);
            }

            follow.To(seconds.WithLabels(name), http.Seconds(operation));
            UpdateTimes(operation, times.WithLabels(name));
        }
    }

    private void UpdateTimes(HttpOperation operation, Histogram.Child child)
    {
        var bounds = HttpFigures.TimeBounds;
        for (var i = 0; i <= bounds.Length; i++)
        {
            var lower = i == 0 ? 0 : bounds[i - 1];
            var grown = (long)follow.Grown((child, i), http.InBucket(operation, i));
            if (grown > 0)
                child.Observe(i < bounds.Length ? (lower + bounds[i]) / 2 : 2 * lower, grown);
        }
    }

    private static string NameOf(HttpOperation operation) => operation == HttpOperation.BulkGet ? "bulk_get" : operation.ToString().ToLowerInvariant();
}
