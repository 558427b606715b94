using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RespKv.Server.Configuration;
using RespKv.Server.Telemetry;

namespace RespKv.Server.Hosting;

/// <summary><c>respkv</c>: starts the server and runs it until it is told to stop.</summary>
internal static class StartCommand
{
    public static RootCommand Create()
    {
        var command = new RootCommand(
            "RespKv, a key-value server for Redis clients, with namespaces that behave like Workers KV. Each option can also be set by an environment variable "
            + "(--maxmemory by RESPKV_MAXMEMORY) and in the file. Redis's other parameters are accepted, with a warning that they have no effect.");
        StartOptions.AddTo(command);
        command.Subcommands.Add(PingCommand.Create());
        command.SetAction((line, _) => RunAsync(line));
        return command;
    }

    /// <summary>Runs the server of a command line; a start that fails ends in one line.</summary>
    public static async Task<int> RunAsync(ParseResult line)
    {
        try
        {
            var configuration = StartOptions.Read(line, Environment.GetEnvironmentVariables(), out var withoutEffect);
            EnterFolder(configuration.Settings.Folder);
            using var host = Build(configuration);
            if (withoutEffect.Count > 0)
                Log.WithoutEffect(host.Services.GetRequiredService<ILogger<RespServer>>(), string.Join(", ", withoutEffect));
            await host.RunAsync().ConfigureAwait(false);
            return 0;
        }
        catch (StartFaultException fault)
        {
            await Console.Error.WriteLineAsync("respkv: " + fault.Message.ReplaceLineEndings(" ")).ConfigureAwait(false);
            return 1;
        }
    }

    private static IHost Build(ServerConfiguration configuration)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-dd HH:mm:ss.fff ";
        });
        builder.Logging.SetMinimumLevel(LogLevel.Trace);
        builder.Logging.AddFilter((category, level) => level >= configuration.Settings.LogLevel && !(category?.StartsWith("Microsoft.", StringComparison.Ordinal) ?? false));
        builder.Services.AddSingleton(configuration);
        builder.Services.AddHostedService<ServerService>();
        builder.Services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
        return builder.Build();
    }

    private static void EnterFolder(string folder)
    {
        if (folder == Directory.GetCurrentDirectory())
            return;
        try
        {
            Directory.SetCurrentDirectory(folder);
            var probe = Path.Combine(folder, $".respkv-{Environment.ProcessId}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartFaultException($"cannot write in the folder {folder}: {error.Message}");
        }
    }
}
