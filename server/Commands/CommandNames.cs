namespace RespKv.Server.Commands;

/// <summary>Commands by the names that operators use: <c>get</c>, or <c>config|set</c> for a subcommand.</summary>
internal static class CommandNames
{
    /// <summary>The command of that full name, in any case; null when there is none.</summary>
    public static Command? Find(CommandTable table, ReadOnlySpan<byte> name)
    {
        var bar = name.IndexOf((byte)'|');
        if (bar < 0)
            return table.Find(name);
        return table.Find(name[..bar])?.FindSubcommand(name[(bar + 1)..]);
    }
}
