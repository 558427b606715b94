using System.Diagnostics;
using System.Text;
using RespKv.Protocol;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>Runs one request: finds the command, checks what every command must pass, calls its handler, counts.</summary>
internal static class CommandExecutor
{
    // As much of an unknown command's name, and of its arguments, as an error repeats.
    private const int EchoBytesMax = 128;

    /// <summary>Runs the request that the context holds. Nothing is written when it is empty, or waits (<see cref="CommandContext.Wait"/>).</summary>
    public static void Execute(CommandContext context)
    {
        var request = context.Request;
        if (request.Length == 0)
            return;
        context.Counters.Commands++;
        var command = Find(context);
        if (command == null || !MayRun(context, command))
            return;
        Run(context, command);
    }

    /// <summary>Runs a command that has been checked, and counts it.</summary>
    public static void Run(CommandContext context, Command command)
    {
        context.Command = command;
        ref var counter = ref context.Counters.Calls[command.Index];
        var errorsBefore = context.Counters.ErrorReplies;
        context.StartTimestamp = Stopwatch.GetTimestamp();
        try
        {
            if (command.Is(CommandFlags.Alone))
                context.Keyspace.BeAlone();
            command.Handler!(context);
        }
        catch (KeyTooLongException error)
        {
            context.Error("ERR " + error.Message);
        }

        if (context.Wait != null && context.RetriesAfterWait)
            return;
        var elapsed = Stopwatch.GetTimestamp() - context.StartTimestamp;
        counter.Calls++;
        counter.Ticks += elapsed;
        CommandTiming.Note(context, command, elapsed);
        if (context.Counters.ErrorReplies != errorsBefore)
            counter.Failed++;
    }

    /// <summary>The command or subcommand that the request names; null when there is none, and then the error has been written.</summary>
    private static Command? Find(CommandContext context)
    {
        var request = context.Request;
        var command = context.Server.Commands.Find(request[0]);
        if (command == null)
        {
            context.Error(UnknownCommand(request));
            return null;
        }

        if (command.Subcommands.Length > 0 && request.Length > 1)
        {
            var subcommand = command.FindSubcommand(request[1]);
            if (subcommand == null)
            {
                context.Error($"ERR unknown subcommand '{Echo(request[1])}'. Try {command.Name.ToUpperInvariant()} HELP.");
                return null;
            }

            command = subcommand;
        }

        if ((command.Handler != null && command.TakesLength(request.Length)))
            return command;
        context.Counters.Calls[command.Index].Rejected++;
        context.Error(ErrorReplies.WrongArity(command.FullName));
        return null;
    }

    private static bool MayRun(CommandContext context, Command command)
    {
        if (!context.Client.IsAuthenticated && !command.Is(CommandFlags.NoAuth))
            return Reject(context, command, ErrorReplies.NoAuth);
        if (command.Is(CommandFlags.DenyOom) && context.Server.Store.RefusesWrites)
            return Reject(context, command, ErrorReplies.Oom);
        return true;
    }

    private static bool Reject(CommandContext context, Command command, string error)
    {
        context.Counters.Calls[command.Index].Rejected++;
        context.Error(error);
        return false;
    }

    private static string UnknownCommand(RespRequest request)
    {
        var text = new StringBuilder("ERR unknown command '").Append(Echo(request[0])).Append("', with args beginning with: ");
        var room = EchoBytesMax;
        for (var i = 1; i < request.Length && room > 0; i++)
        {
            var shown = Latin1(request[i], room);
            text.Append('\'').Append(shown).Append("' ");
            room -= shown.Length + 3;
        }

        return text.ToString();
    }

    private static string Echo(ReadOnlySpan<byte> word) => Latin1(word, EchoBytesMax);

    private static string Latin1(ReadOnlySpan<byte> bytes, int max) => Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, max)]);
}
