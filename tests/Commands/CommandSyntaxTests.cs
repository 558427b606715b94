using RespKv.Server.Commands;

namespace RespKv.Tests.Commands;

public sealed class CommandSyntaxTests
{
    public static TheoryData<string> AllCommands() =>
        [.. new CommandTable().Commands.SelectMany(c => (Command[])[c, .. c.Subcommands]).Select(c => c.FullName)];

    [Theory]
    [MemberData(nameof(AllCommands))]
    public void The_syntax_of_every_command_can_be_read(string name)
    {
        var command = CommandNames.Find(new CommandTable(), System.Text.Encoding.ASCII.GetBytes(name))!;
        var arguments = CommandSyntax.Parse(command);
        Assert.Equal(command.Syntax.Length > 0, arguments.Count > 0);
    }

    [Theory]
    [InlineData("message", "message:string")]
    [InlineData("[message]", "message:string?")]
    [InlineData("event [event ...]", "event:string+")]
    [InlineData("[event [event ...]]", "event:string+?")]
    [InlineData("name value [name value ...]", "data:block+(name:string,value:string)")]
    [InlineData("[NX | XX]", "condition:oneof?(nx:pure-token=NX,xx:pure-token=XX)")]
    [InlineData("[COUNT count]", "count:integer=COUNT?")]
    [InlineData("[LIMIT offset count]", "limit:block=LIMIT?(offset:integer,count:integer)")]
    [InlineData("<host port | NO ONE>", "host-no:oneof(host:block(host:string,port:integer),no:block(no:pure-token=NO,one:pure-token=ONE))")]
    [InlineData("[BY <A a | B b>]", "a-b:oneof=BY?(a:string=A,b:string=B)")]
    public void Reads_the_notation_of_the_documentation(string syntax, string expected)
    {
        var command = new Command("test", -1, CommandFlags.None, KeySpec.None, null) { Since = "1", Group = "g", Summary = "s", Complexity = "c", Syntax = syntax };
        Assert.Equal(expected, string.Join(',', CommandSyntax.Parse(command).Select(Show)));
    }

    [Theory]
    [InlineData("[a")]
    [InlineData("a]")]
    [InlineData("<a | b]")]
    public void Refuses_brackets_that_do_not_match(string syntax)
    {
        var command = new Command("test", -1, CommandFlags.None, KeySpec.None, null) { Since = "1", Group = "g", Summary = "s", Complexity = "c", Syntax = syntax };
        Assert.Throws<FormatException>(() => CommandSyntax.Parse(command));
    }

    private static string Show(CommandArgument argument) =>
        argument.Name + ":" + argument.KindName
        + (argument.Token == null ? "" : "=" + argument.Token)
        + (argument.IsMultiple ? "+" : "")
        + (argument.IsOptional ? "?" : "")
        + (argument.HasParts ? "(" + string.Join(',', argument.Parts.Select(Show)) + ")" : "");
}
