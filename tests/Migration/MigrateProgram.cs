using RespKv.Protocol;
using RespKv.Tests.Support;

namespace RespKv.Tests.Migration;

/// <summary>The tool, as its users run it, from where the build has put it. Its state is in a folder of its own.</summary>
internal sealed class MigrateProgram : IDisposable
{
    // Not the copy beside the tests: that lacks what the tests' framework has, and the tool's has not.
    private static readonly string Assembly =
        Repository.PathOf("tools", "migrate", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, "net10.0", "RespKv.Migrate.dll");

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
            await client.SendAsync(chunk.SelectMany(command => RespArgument.Request(command)).ToArray());
            for (count = 0; count < chunk.Length; count++)
            {
                var reply = await client.ReadReplyAsync();
                Assert.False(reply.Kind == RespReplyKind.Error, $"{reply}");
            }
        }
    }

    private static string Dotnet => Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";

    private static string[] Between(ServerProcess from, ServerProcess to) => ["--from", $"127.0.0.1:{from.Port}", "--to", $"127.0.0.1:{to.Port}"];
}
