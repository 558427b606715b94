using RespKv.Tests.Support;

namespace RespKv.Tests.Http;

/// <summary>The Worker of the documentation's sample, until it is disposed.</summary>
internal sealed class RunningWorker : IAsyncDisposable
{
    private readonly RunningClientProgram program;
    private readonly HttpClient client;

    private RunningWorker(RunningClientProgram program, string url)
    {
        this.program = program;
        client = new HttpClient { BaseAddress = new Uri(url) };
    }

    /// <summary>Starts it with its KV namespace in a server.</summary>
    public static async Task<RunningWorker> StartAsync(string kvAddress)
    {
        var program = RunningClientProgram.Start("node", Repository.PathOf("tests", "Http", "node", "serve.mjs"), Repository.PathOf("docs", "worker", "config.capnp"), kvAddress);
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
