using System.Globalization;
using RespKv.Tests.Support;

namespace RespKv.Tests.Clients;

/// <summary>The tour of Python's Redis client; a script whose steps say what they expect.</summary>
public sealed class PythonClientTests
{
    [PythonFact]
    public async Task Redis_py_passes_its_tour()
    {
        await using var server = await RespServerProcess.StartAsync("--requirepass", "secret");

        var tour = await PythonClients.RunAsync("redis_py.py", server.Port.ToString(CultureInfo.InvariantCulture), "secret");

        Assert.Contains(" steps passed", tour.Succeeded().Output, StringComparison.Ordinal);
    }
}
