using System.Text;

namespace RespKv.Server.Scripting.Syntax;

/// <summary>Finds the tokens of Lua 5.1 in a script, whose characters are bytes. Errors are worded as Lua 5.1's own.</summary>
internal sealed class LuaLexer(string source, string chunk)
{
    private static readonly Dictionary<string, LuaTokenKind> Words = new()
    {
        ["and"] = LuaTokenKind.And,
        ["break"] = LuaTokenKind.Break,
        ["do"] = LuaTokenKind.Do,
        ["else"] = LuaTokenKind.Else,
        ["elseif"] = LuaTokenKind.ElseIf,
        ["end"] = LuaTokenKind.EndWord,
        ["false"] = LuaTokenKind.False,
        ["for"] = LuaTokenKind.For,
        ["function"] = LuaTokenKind.Function,
        ["if"] = LuaTokenKind.If,
        ["in"] = LuaTokenKind.In,
        ["local"] = LuaTokenKind.Local,
        ["nil"] = LuaTokenKind.Nil,
        ["not"] = LuaTokenKind.Not,
        ["or"] = LuaTokenKind.Or,
        ["repeat"] = LuaTokenKind.Repeat,
        ["return"] = LuaTokenKind.Return,
        ["then"] = LuaTokenKind.Then,
        ["true"] = LuaTokenKind.True,
        ["until"] = LuaTokenKind.Until,
        ["while"] = LuaTokenKind.While,
    };

    private static readonly (string Text, LuaTokenKind Kind)[] Operators =
    [
        ("...", LuaTokenKind.Dots), ("..", LuaTokenKind.Concat), ("==", LuaTokenKind.Equal), (">=", LuaTokenKind.GreaterOrEqual), ("<=", LuaTokenKind.LessOrEqual),
        ("~=", LuaTokenKind.NotEqual),
    ];

    private int at;
    private int line = 1;

    /// <summary>Places of backslashes before characters that mean themselves in Lua 5.1.</summary>
    public List<int> IdleBackslashes { get; } = [];

    /// <summary>The next token.</summary>
    /// <exception cref="LuaSyntaxException">There is none.</exception>
    public LuaToken Next()
    {
        SkipBlanksAndComments();
        var start = at;
        if (at == source.Length)
            return new LuaToken(LuaTokenKind.End, at, at, line);
        var c = source[at];
        if (char.IsAsciiLetter(c) || c == '_')
            return Word(start);
        if (char.IsAsciiDigit(c) || (c == '.' && at + 1 < source.Length && char.IsAsciiDigit(source[at + 1])))
            return Number(start);
        if (c is '"' or '\'')
            return Text(start, c);
        if (c == '[' && LevelAt(at) is >= 0 and var level)
        {
            SkipLong(level, "unfinished long string");
            return new LuaToken(LuaTokenKind.Text, start, at, line);
        }

        if (c == '[' && at + 1 < source.Length && source[at + 1] == '=')
            throw Error("invalid long string delimiter", source[at..LevelEnd(at)]);
        foreach (var (text, kind) in Operators)
        {
            if (string.CompareOrdinal(source, at, text, 0, text.Length) == 0)
                return new LuaToken(kind, start, at += text.Length, line);
        }

        at++;
        return new LuaToken(LuaTokenKind.Other, start, at, line, c);
    }

    /// <summary>How a token is named in errors.</summary>
    public string NameOf(LuaToken token) => token.Kind switch
    {
        LuaTokenKind.End => "<eof>",
        LuaTokenKind.Other when char.IsControl(token.Character) && token.Character < 128 => $"char({(int)token.Character})",
        _ => source[token.Start..token.End],
    };

    /// <summary>An error at a token.</summary>
    public LuaSyntaxException ErrorAt(LuaToken token, string message) => new($"{chunk}:{token.Line}: {message} near '{NameOf(token)}'");

    private LuaSyntaxException Error(string message, string near) => new($"{chunk}:{line}: {message} near '{near}'");

    private LuaToken Word(int start)
    {
        while (at < source.Length && (char.IsAsciiLetterOrDigit(source[at]) || source[at] == '_'))
            at++;
        var kind = Words.GetValueOrDefault(source[start..at], LuaTokenKind.Name);
        return new LuaToken(kind, start, at, line);
    }

    private LuaToken Number(int start)
    {
        while (at < source.Length && (char.IsAsciiDigit(source[at]) || source[at] == '.'))
            at++;
        if (at < source.Length && source[at] is 'e' or 'E')
        {
            at++;
            if (at < source.Length && source[at] is '+' or '-')
                at++;
        }

        while (at < source.Length && (char.IsAsciiLetterOrDigit(source[at]) || source[at] == '_'))
            at++;
        if (!LuaNumber.TryParse(source.AsSpan(start, at - start), out _))
            throw Error("malformed number", source[start..at]);
        return new LuaToken(LuaTokenKind.Number, start, at, line);
    }

    private LuaToken Text(int start, char quote)
    {
        at++;
        while (true)
        {
            if (at == source.Length)
                throw Error("unfinished string", "<eof>");
            var c = source[at];
            if (c == quote)
                break;
            if (c is '\n' or '\r')
                throw Error("unfinished string", source[start..at]);
            if (c == '\\')
                Escape(start);
            else
                at++;
        }

        at++;
        return new LuaToken(LuaTokenKind.Text, start, at, line);
    }

    private void Escape(int start)
    {
        var backslash = at++;
        if (at == source.Length)
            return;
        var c = source[at];
        if (c is '\n' or '\r')
        {
            SkipLineEnd();
        }
        else if (char.IsAsciiDigit(c))
        {
            var value = 0;
            for (var digits = 0; digits < 3 && at < source.Length && char.IsAsciiDigit(source[at]); digits++)
                value = (value * 10) + source[at++] - '0';
            if (value > 255)
                throw Error("escape sequence too large", source[start..backslash]);
        }
        else
        {
            if (!"abfnrtv\\\"'".Contains(c, StringComparison.Ordinal))
                IdleBackslashes.Add(backslash);
            at++;
        }
    }

    private void SkipBlanksAndComments()
    {
        while (at < source.Length)
        {
            var c = source[at];
            if (c is '\n' or '\r')
                SkipLineEnd();
            else if (c is ' ' or '\t' or '\v' or '\f')
                at++;
            else if (c == '-' && at + 1 < source.Length && source[at + 1] == '-')
                SkipComment();
            else
                return;
        }
    }

    private void SkipComment()
    {
        at += 2;
        if (LevelAt(at) is >= 0 and var level)
        {
            SkipLong(level, "unfinished long comment");
            return;
        }

        while (at < source.Length && source[at] is not ('\n' or '\r'))
            at++;
    }

    // `[[` is level 0, `[=[` level 1; -1 where no long bracket opens.
    private int LevelAt(int index)
    {
        if (index >= source.Length || source[index] != '[')
            return -1;
        var end = LevelEnd(index);
        return end < source.Length && source[end] == '[' ? end - index - 1 : -1;
    }

    private int LevelEnd(int index)
    {
        var end = index + 1;
        while (end < source.Length && source[end] == '=')
            end++;
        return end;
    }

    private void SkipLong(int level, string fault)
    {
        at += level + 2;
        var close = new StringBuilder("]").Append('=', level).Append(']').ToString();
        while (string.CompareOrdinal(source, at, close, 0, close.Length) != 0)
        {
            if (at == source.Length)
                throw Error(fault, "<eof>");
            if (source[at] is '\n' or '\r')
                SkipLineEnd();
            else
                at++;
        }

        at += close.Length;
    }

    // \r\n and \n\r are one line end.
    private void SkipLineEnd()
    {
        var first = source[at++];
        if (at < source.Length && source[at] is '\n' or '\r' && source[at] != first)
            at++;
        line++;
    }
}
