using RespKv.Server.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Commands;

public sealed class CommandReferenceTests
{
    [Fact]
    public void The_page_of_commands_is_up_to_date()
    {
        var path = Repository.PathOf("docs", "commands.md");
        var rendered = CommandReference.Render(new CommandTable());
        if (Environment.GetEnvironmentVariable("RESPKV_WRITE_DOCS") == "1")
            File.WriteAllText(path, rendered);
        Assert.True(File.ReadAllText(path) == rendered, "docs/commands.md is out of date: RESPKV_WRITE_DOCS=1 dotnet test tests writes it anew.");
    }

    [Fact]
    public void Every_group_of_commands_has_its_heading() => Assert.Empty(CommandReference.UnknownGroups(new CommandTable()));
}
