using System.CommandLine;
using System.Runtime.InteropServices;
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
        command.Subcommands.Add(CheckCommand.Create());
        command.Subcommands.Add(RepairCommand.Create());
        command.Subcommands.Add(InspectCommand.Create());
        command.Subcommands.Add(BackupCommand.Create());
        command.SetAction((line, _) => RunAsync(line));
        return command;
    }

    /// <summary>Runs the server of a command line until it is told to stop.</summary>
    /// <exception cref="StartFaultException">It cannot start.</exception>
    private static async Task<int> RunAsync(ParseResult line)
    {
        var ignored = new IgnoredSettings();
        var configuration = StartOptions.Read(line, Environment.GetEnvironmentVariables(), ignored);
        // A terminal that is closed does not end the server, as it does not end Redis.
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => signal.Cancel = true);
        using var host = Build(configuration);
        Warn(host.Services.GetRequiredService<ILogger<RespServer>>(), ignored);
        try
        {
            await host.RunAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Told to stop while it was loading its data.
        }

        return 0;
    }

    private static void Warn(ILogger logger, IgnoredSettings ignored)
    {
        if (ignored.WithoutEffect.Count > 0)
            Log.WithoutEffect(logger, string.Join(", ", ignored.WithoutEffect));
        if (ignored.Unknown.Count > 0)
            Log.UnknownDirectives(logger, string.Join(", ", ignored.Unknown));
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
}
