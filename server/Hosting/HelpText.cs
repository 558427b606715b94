using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace RespKv.Server.Hosting;

/// <summary><c>--help</c>: the library's text in lines that can be read, also where it goes into a file or a log.</summary>
internal sealed class HelpText(HelpAction text, Argument ofStartOnly) : SynchronousCommandLineAction
{
    private const int ColumnsMax = 120;

    public override int Invoke(ParseResult parseResult)
    {
        text.MaxWidth = Console.IsOutputRedirected ? ColumnsMax : Math.Min(text.MaxWidth, ColumnsMax);
        // The library would show it for commands that do not take it, too.
        ofStartOnly.Hidden = parseResult.CommandResult.Command is not RootCommand;
        return text.Invoke(parseResult);
    }
}
