using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Migration;

/// <summary>The tool, as its users run it; the build puts it beside the tests. Its state is in a folder of its own.</summary>
internal sealed class MigrateProgram : IDisposable
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "RespKv.Migrate.dll");

    private readonly TemporaryFolder folder = new();

    public string StateFile => folder["state.json"];

    public Task<ClientProgramResult> CopyAsync(ServerProcess from, ServerProcess to, params string[] more) => RunAsync(["copy", .. Between(from, to), "--state", StateFile, .. more]);

    public static Task<ClientProgramResult> VerifyAsync(ServerProcess from, ServerProcess to, params string[] more) => RunAsync(["verify", .. Between(from, to), .. more]);

    public static Task<ClientProgramResult> RunAsync(params string[] arguments) => ClientProgram.RunAsync(Dotnet, ["exec", Assembly, .. arguments]);

    public void Dispose() => folder.Dispose();

    /// <summary>Sends commands in one pipeline; none may fail.</summary>
    public static async Task SendAsync(RespClient client, IEnumerable<RespArgument[]> commands)
    {
        var count = 0;
        foreach (var chunk in commands.Chunk(1000))
        {
            await client.SendAsync(chunk.SelectMany(RespArgument.Request).ToArray());
            for (count = 0; count < chunk.Length; count++)
                Assert.False((await client.ReadReplyAsync()) is { Kind: RespReplyKind.Error } error, $"{error}");
        }
    }

    private static string Dotnet => Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";

    private static string[] Between(ServerProcess from, ServerProcess to) => ["--from", $"127.0.0.1:{from.Port}", "--to", $"127.0.0.1:{to.Port}"];
}
