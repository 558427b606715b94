using System.Net.Http.Json;
using System.Text.Json.Nodes;
using RespKv.Tests.Support;

namespace RespKv.Tests.Http;

/// <summary>A Worker in the real runtime, until it is disposed.</summary>
internal sealed class RunningWorker : IAsyncDisposable
{
    private readonly RunningClientProgram program;
    private readonly HttpClient client;

    private RunningWorker(RunningClientProgram program, string url)
    {
        this.program = program;
        client = new HttpClient { BaseAddress = new Uri(url) };
    }

    /// <summary>Starts the Worker of the documentation's sample, with its KV namespace in a server.</summary>
    public static Task<RunningWorker> StartAsync(string kvAddress) => StartAsync(Repository.PathOf("docs", "worker", "config.capnp"), kvAddress);

    /// <summary>Starts one that calls its KV namespace as it is told to (<see cref="CallAsync"/>).</summary>
    public static Task<RunningWorker> StartRelayAsync(string kvAddress) => StartAsync(Repository.PathOf("tests", "Http", "node", "relay.capnp"), kvAddress);

    /// <summary>Has the relay make a call of its KV namespace; the answer has <c>result</c> or <c>error</c>.</summary>
    public async Task<string> CallAsync(params object?[] call)
    {
        using var response = await client.PostAsJsonAsync("/", call);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>Has the relay put, get and delete keys, all at once; the texts of those that failed.</summary>
    public async Task<string[]> StormAsync(int calls, int large, int largeBytes)
    {
        using var response = await client.PostAsJsonAsync("/storm", new { calls, large, largeBytes });
        return [.. JsonNode.Parse(await response.Content.ReadAsStringAsync())!["failed"]!.AsArray().Select(text => text!.GetValue<string>())];
    }

    private static async Task<RunningWorker> StartAsync(string configuration, string kvAddress)
    {
        var program = RunningClientProgram.Start("node", Repository.PathOf("tests", "Http", "node", "serve.mjs"), configuration, kvAddress);
        return new RunningWorker(program, (await program.ReadLinesAsync(1))[0]);
    }

    /// <summary>Sends it a request; the result is the status of its answer, or null when there is none: the runtime hangs up where a Worker fails for want of a connection.</summary>
    public async Task<int?> AskAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        try
        {
            using var response = await client.SendAsync(request);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await program.DisposeAsync();
    }
}
