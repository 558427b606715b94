namespace RespKv.Server.Commands;

/// <summary>The reply of every HELP subcommand: a heading, the lines, and HELP itself, as Redis lays it out.</summary>
internal static class HelpReply
{
    public static void Write(CommandContext context, string command, IReadOnlyList<string> lines)
    {
        var reply = context.Reply;
        reply.Array(lines.Count + 3);
        reply.SimpleString(System.Text.Encoding.ASCII.GetBytes($"{command} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
        foreach (var line in lines)
            reply.SimpleString(System.Text.Encoding.ASCII.GetBytes(line));
        reply.SimpleString("HELP"u8);
        reply.SimpleString("    Prints this help."u8);
    }
}
