using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using RespKv.Server;

// Before any socket exists: the thread that receives goes on to parse, execute and send.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

using var logging = LoggerFactory.Create(b => b.AddSimpleConsole(o => o.SingleLine = true));
var settings = new ServerSettings();
settings.Store.MaxMemoryBytes = 18L << 30;
for (var i = 0; i + 1 < args.Length; i += 2)
{
    if (args[i] == "--port")
        settings.Port = int.Parse(args[i + 1], CultureInfo.InvariantCulture);
    else if (args[i] == "--maxmemory")
        settings.Store.MaxMemoryBytes = long.Parse(args[i + 1], CultureInfo.InvariantCulture);
}

if (args.Length == 1)
    settings.Port = int.Parse(args[0], CultureInfo.InvariantCulture);
try
{
    await using var server = await RespServer.StartAsync(settings, TimeProvider.System, logging.CreateLogger("respkv"));
    var stop = new TaskCompletionSource();
    using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => { c.Cancel = true; stop.TrySetResult(); });
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c => { c.Cancel = true; stop.TrySetResult(); });
    await stop.Task;
    return 0;
}
catch (StartFaultException fault)
{
    await Console.Error.WriteLineAsync("respkv: " + fault.Message);
    return 1;
}
