using RespKv.Server.Commands;
using RespKv.Tests.Support;

namespace RespKv.Tests.Commands;

public sealed class CommandReferenceTests
{
    [Fact]
    public void The_page_of_commands_is_up_to_date() => Repository.AssertPage("commands.md", CommandReference.Render(new CommandTable()));

    [Fact]
    public void Every_group_of_commands_has_its_heading() => Assert.Empty(CommandReference.UnknownGroups(new CommandTable()));
}
