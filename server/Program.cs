using System.CommandLine;
using System.CommandLine.Invocation;
using RespKv.Server.Hosting;

// Before any socket exists: the thread that receives goes on to parse, execute and send.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

// A password may begin with @, which would otherwise name a file of arguments.
var parsing = new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false };
var line = StartCommand.Create().Parse(args, parsing);
// The server's own start says in one line what is wrong; the library would add its help to it.
return line is { Action: ParseErrorAction, CommandResult.Command: RootCommand }
    ? await StartCommand.RunAsync(line)
    : await line.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
