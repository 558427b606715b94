using System.CommandLine;
using System.CommandLine.Invocation;
using RespKv.Server;
using RespKv.Server.Hosting;

// Before any socket exists: the thread that receives goes on to parse, execute and send.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

// A password may begin with @, which would otherwise name a file of arguments.
var parsing = new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false };
var line = StartCommand.Create().Parse(args, parsing);
try
{
    // One line says what is wrong; the library would add its help to it.
    if (line.Action is ParseErrorAction)
        throw new StartFaultException(StartOptions.FaultOf(line) ?? "the command line is wrong");
    return await line.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (StartFaultException fault)
{
    await Console.Error.WriteLineAsync("respkv: " + fault.Message.ReplaceLineEndings(" "));
    return CheckCommand.UsageCode(line);
}
