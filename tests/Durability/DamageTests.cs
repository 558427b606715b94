using Microsoft.Extensions.Logging.Abstractions;
using RespKv.Crash;
using RespKv.Protocol;
using RespKv.Server;
using RespKv.Server.Storage;
using RespKv.Tests.Support;

namespace RespKv.Tests.Durability;

public sealed class DamageTests
{
    private const int Seed = 20261127;

    [Fact]
    public async Task A_damaged_file_is_refused_by_name_or_does_no_harm()
    {
        using var folder = new TemporaryFolder();
        await DamageRounds.MakeFolderAsync(folder["data"]);

        var result = await DamageRounds.RunAsync(folder["data"], folder.Path, count: 70, Seed, StartInProcessAsync, _ => { });

        Assert.Empty(result.Faults);
        Assert.True(result.InRecords >= 30 && result.Refused >= 20, $"{result.InRecords} in records, {result.Refused} refused.");
    }

    // The same start without a process around it, since there are many.
    private static async Task<(string? Refusal, Dictionary<string, Entry>[]? Data)> StartInProcessAsync(string path)
    {
        var settings = new ServerSettings { Port = 0, Bind = ["127.0.0.1"], IsPersistent = true, Folder = path };
        settings.Store.Policy = EvictionPolicy.NoEviction;
        try
        {
            await using var server = await RespServer.StartAsync(settings, TimeProvider.System, NullLogger.Instance);
            await using var client = await RespClient.ConnectAsync("127.0.0.1", server.Port);
            return (null, await DamageRounds.ReadAsync(client));
        }
        catch (StartFaultException fault)
        {
            return (fault.Message, null);
        }
    }
}
