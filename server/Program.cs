using Microsoft.Extensions.Logging;

Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
using var f = LoggerFactory.Create(b => b.AddSimpleConsole(o => o.SingleLine = true));
await using var s = new RespKv.Server.RespServer(args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 6379, f.CreateLogger("respkv"));
await Task.Delay(-1);
