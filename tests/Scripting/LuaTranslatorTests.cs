using RespKv.Server.Scripting.Syntax;

namespace RespKv.Tests.Scripting;

public sealed class LuaTranslatorTests
{
    [Theory]
    [InlineData("return 1", "return 1.0")]
    [InlineData("return 1.5", "return 1.5")]
    [InlineData("return 0x10", "return 16.0")]
    [InlineData("return t[1]", "return t[1]")]
    [InlineData("return f(1)", "return __redis__all(1,f(1))")]
    [InlineData("local f return f(1)", "local f return f(1)")]
    [InlineData("for i=1,2 do end", "for i=1,2.0 do end")]
    [InlineData("return 'a' .. 'b'", "return 'a' .. 'b'")]
    [InlineData("return 'a' .. x", "return 'a' .. __redis__text(x,\"global 'x'\")")]
    [InlineData("local x return x .. 'a'", "local x return __redis__text(x,\"local 'x'\") .. 'a'")]
    [InlineData("return t.a .. t[1] .. 1", "return __redis__text(t.a,\"field 'a'\") .. __redis__text(t[1],\"field '?'\") .. __redis__text(1.0)")]
    [InlineData("return a + b .. c", "return __redis__text(a + b) .. __redis__text(c,\"global 'c'\")")]
    [InlineData("return \"\\q\\n\\x\"", "return \"q\\nx\"")]
    [InlineData("local goto = 2", "local goto_ = 2.0")]
    [InlineData("return _ENV", "return _ENV_")]
    public void A_script_of_51_says_the_same_in_54(string source, string translated) =>
        Assert.Equal($"local __redis__text,__redis__all=... return function(...) {translated}\nend", LuaTranslator.Translate(source, "x"));

    [Fact]
    public void A_function_without_dots_gets_the_table_of_its_arguments() =>
        Assert.Contains("function(...) local arg={n=select('#',...),...}  return arg.n end", LuaTranslator.Translate("local f = function(...) return arg.n end", "x"), StringComparison.Ordinal);

    [Fact]
    public void Lines_stay_where_they_are()
    {
        const string source = "local a = 1\n--[[ two\nlines ]]\r\nreturn a .. 'x\\\ny'\n";
        Assert.Equal(source.Count(c => c == '\n') + 1, LuaTranslator.Translate(source, "x").Count(c => c == '\n'));
    }

    [Theory]
    [InlineData("x x", "c:1: '=' expected near 'x'")]
    [InlineData("return 1 // 2", "c:1: unexpected symbol near '/'")]
    [InlineData("end", "c:1: '<eof>' expected near 'end'")]
    [InlineData("if x then\n\nwhile y do end", "c:3: 'end' expected (to close 'if' at line 1) near '<eof>'")]
    [InlineData("return 'a", "c:1: unfinished string near '<eof>'")]
    [InlineData("return 'a\nb'", "c:1: unfinished string near ''a'")]
    [InlineData("break", "c:1: no loop to break near '<eof>'")]
    [InlineData("function f() return ... end", "c:1: cannot use '...' outside a vararg function near '...'")]
    [InlineData("x\n(1)", "c:2: ambiguous syntax (function call x new statement) near '('")]
    [InlineData("return 3x", "c:1: malformed number near '3x'")]
    [InlineData("return \u0001", "c:1: unexpected symbol near 'char(1)'")]
    public void What_is_not_Lua_51_is_refused_in_its_words(string source, string error) =>
        Assert.Equal(error, Assert.Throws<LuaSyntaxException>(() => LuaTranslator.Translate(source, "c")).Message);

    [Fact]
    public void Nesting_has_an_end()
    {
        var source = "return " + new string('(', 10_000) + "1" + new string(')', 10_000);
        Assert.EndsWith("chunk has too many syntax levels", Assert.Throws<LuaSyntaxException>(() => LuaTranslator.Translate(source, "c")).Message, StringComparison.Ordinal);
    }
}
