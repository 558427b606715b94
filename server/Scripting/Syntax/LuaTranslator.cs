using System.Globalization;
using System.Text;

namespace RespKv.Server.Scripting.Syntax;

/// <summary>
/// Makes Lua 5.4 of a Lua 5.1 script, line by line the same, and finds its syntax errors as Lua 5.1 does. What differs: all numbers are doubles, so literals
/// get a point, and what is joined by <c>..</c> goes through a function that formats as 5.1 does; escapes that 5.4 does not have; names that are
/// reserved in 5.4; the hidden parameter <c>arg</c>.
/// </summary>
internal sealed class LuaTranslator
{
    // Enough for what people write, and far less than the thread's stack.
    private const int DepthMax = 200;

    // What scripts cannot mean by a name of theirs, since scripts read it only as an undefined global.
    private const string TextOf = "__redis__text";
    private const string AllOf = "__redis__all";

    private readonly string source;
    private readonly string chunk;
    private readonly LuaLexer lexer;
    private readonly List<(int At, int Remove, string Insert)> edits = [];
    private LuaToken token;
    private LuaToken ahead;
    private bool hasAhead;
    private int lastEnd;
    private int lastLine;
    private int depth;
    private int loops;
    private FunctionScope scope = new(null, isVararg: true);

    private LuaTranslator(string source, string chunk)
    {
        this.source = source;
        this.chunk = chunk;
        lexer = new LuaLexer(source, chunk);
    }

    /// <summary>
    /// The chunk in Lua 5.4: to be called with the function that makes text of what is joined, and with <c>select</c>, it returns the chunk's own function.
    /// </summary>
    /// <param name="source">The script; characters are bytes.</param>
    /// <param name="chunk">The chunk's name as errors show it.</param>
    /// <exception cref="LuaSyntaxException">It is not Lua 5.1.</exception>
    public static string Translate(string source, string chunk) => new LuaTranslator(source, chunk).Run();

    private string Run()
    {
        Advance();
        Block();
        if (token.Kind != LuaTokenKind.End)
            throw lexer.ErrorAt(token, "'<eof>' expected");
        foreach (var backslash in lexer.IdleBackslashes)
            edits.Add((backslash, 1, ""));
        return Apply();
    }

    private string Apply()
    {
        var text = new StringBuilder($"local {TextOf},{AllOf}=... return function(...) ", source.Length + 128);
        var done = 0;
        // Of those at one place the later one stands further out: it began earlier in the source, or ends later.
        foreach (var (at, remove, insert) in edits.OrderBy(e => e.At))
        {
            text.Append(source, done, at - done).Append(insert);
            done = at + remove;
        }

        return text.Append(source, done, source.Length - done).Append("\nend").ToString();
    }

    private void Advance()
    {
        lastEnd = token.End;
        lastLine = token.Line == 0 ? 1 : token.Line;
        token = hasAhead ? ahead : lexer.Next();
        hasAhead = false;
        if (token.Kind == LuaTokenKind.Name && source.AsSpan(token.Start, token.End - token.Start) is "goto" or "_ENV")
            edits.Add((token.End, 0, "_"));
    }

    private LuaToken Peek()
    {
        if (!hasAhead)
            ahead = lexer.Next();
        hasAhead = true;
        return ahead;
    }

    private bool Accept(char character)
    {
        if (!token.Is(character))
            return false;
        Advance();
        return true;
    }

    private bool Accept(LuaTokenKind kind)
    {
        if (token.Kind != kind)
            return false;
        Advance();
        return true;
    }

    private void Expect(char character)
    {
        if (!Accept(character))
            throw lexer.ErrorAt(token, $"'{character}' expected");
    }

    private void Expect(LuaTokenKind kind, string word)
    {
        if (!Accept(kind))
            throw lexer.ErrorAt(token, $"'{word}' expected");
    }

    private void ExpectClose(bool isThere, string what, string opener, int line)
    {
        if (isThere)
            Advance();
        else if (line == token.Line)
            throw lexer.ErrorAt(token, $"'{what}' expected");
        else
            throw lexer.ErrorAt(token, $"'{what}' expected (to close '{opener}' at line {line})");
    }

    private void ExpectEnd(string opener, int line) => ExpectClose(token.Kind == LuaTokenKind.EndWord, "end", opener, line);

    private string Name()
    {
        if (token.Kind != LuaTokenKind.Name)
            throw lexer.ErrorAt(token, "'<name>' expected");
        var name = source[token.Start..token.End];
        Advance();
        return name;
    }

    private void Enter()
    {
        if (++depth > DepthMax)
            throw new LuaSyntaxException($"{chunk}:{token.Line}: chunk has too many syntax levels");
    }

    private void Leave() => depth--;

    private bool IsBlockEnd => token.Kind is LuaTokenKind.End or LuaTokenKind.Else or LuaTokenKind.ElseIf or LuaTokenKind.EndWord or LuaTokenKind.Until;

    private void Block()
    {
        Enter();
        var locals = scope.Locals.Count;
        var isLast = false;
        while (!isLast && !IsBlockEnd)
        {
            isLast = Statement();
            Accept(';');
        }

        scope.Locals.RemoveRange(locals, scope.Locals.Count - locals);
        Leave();
    }

    private bool Statement()
    {
        var line = token.Line;
        switch (token.Kind)
        {
            case LuaTokenKind.If:
                If(line);
                return false;
            case LuaTokenKind.While:
                Advance();
                Expression();
                Expect(LuaTokenKind.Do, "do");
                LoopBlock();
                ExpectEnd("while", line);
                return false;
            case LuaTokenKind.Do:
                Advance();
                Block();
                ExpectEnd("do", line);
                return false;
            case LuaTokenKind.For:
                For(line);
                return false;
            case LuaTokenKind.Repeat:
                Repeat(line);
                return false;
            case LuaTokenKind.Function:
                FunctionStatement(line);
                return false;
            case LuaTokenKind.Local:
                Local();
                return false;
            case LuaTokenKind.Return:
                Return();
                return true;
            case LuaTokenKind.Break:
                Advance();
                if (loops == 0)
                    throw lexer.ErrorAt(token, "no loop to break");
                return true;
            default:
                ExpressionStatement();
                return false;
        }
    }

    private void If(int line)
    {
        do
        {
            Advance();
            Expression();
            Expect(LuaTokenKind.Then, "then");
            Block();
        }
        while (token.Kind == LuaTokenKind.ElseIf);
        if (Accept(LuaTokenKind.Else))
            Block();
        ExpectEnd("if", line);
    }

    private void LoopBlock()
    {
        loops++;
        Block();
        loops--;
    }

    private void Repeat(int line)
    {
        Advance();
        loops++;
        Enter();
        // The condition sees the block's locals.
        var locals = scope.Locals.Count;
        var isLast = false;
        while (!isLast && !IsBlockEnd)
        {
            isLast = Statement();
            Accept(';');
        }

        ExpectClose(token.Kind == LuaTokenKind.Until, "until", "repeat", line);
        Expression();
        scope.Locals.RemoveRange(locals, scope.Locals.Count - locals);
        Leave();
        loops--;
    }

    private void For(int line)
    {
        Advance();
        var locals = scope.Locals.Count;
        var names = new List<string> { Name() };
        if (token.Is('='))
        {
            Advance();
            CounterExpression();
            Expect(',');
            Expression();
            if (Accept(','))
                CounterExpression();
        }
        else if (token.Is(',') || token.Kind == LuaTokenKind.In)
        {
            while (Accept(','))
                names.Add(Name());
            Expect(LuaTokenKind.In, "in");
            ExpressionList();
        }
        else
        {
            throw lexer.ErrorAt(token, "'=' or 'in' expected");
        }

        Expect(LuaTokenKind.Do, "do");
        scope.Locals.AddRange(names);
        LoopBlock();
        scope.Locals.RemoveRange(locals, scope.Locals.Count - locals);
        ExpectEnd("for", line);
    }

    // A whole literal that begins or steps a loop stays an integer, which counts faster; nothing shows it.
    private void CounterExpression()
    {
        var edit = edits.Count;
        var isLiteral = token.Kind == LuaTokenKind.Number && IsWhole(token) && Peek() is var next && (next.Is(',') || next.Kind == LuaTokenKind.Do);
        Expression();
        if (isLiteral)
            edits.RemoveRange(edit, edits.Count - edit);
    }

    private void FunctionStatement(int line)
    {
        Advance();
        Note(Name());
        while (token.Is('.'))
        {
            Advance();
            Name();
        }

        var isMethod = Accept(':');
        if (isMethod)
            Name();
        FunctionBody(isMethod, line);
    }

    private void Local()
    {
        Advance();
        if (token.Kind == LuaTokenKind.Function)
        {
            var line = token.Line;
            Advance();
            scope.Locals.Add(Name());
            FunctionBody(isMethod: false, line);
            return;
        }

        var names = new List<string>();
        do
        {
            names.Add(Name());
        }
        while (Accept(','));
        if (Accept('='))
            ExpressionList();
        scope.Locals.AddRange(names);
    }

    private void Return()
    {
        Advance();
        if (IsBlockEnd || token.Is(';'))
            return;
        var start = token.Start;
        var first = Expression();
        if (token.Is(','))
        {
            Advance();
            ExpressionList();
        }
        else if (first is { IsCall: true, IsLocal: false })
        {
            // Functions of the libraries are partly Lua here, and a call in the tail would take the caller's place, which errors name.
            Insert(start, AllOf + "(1,", isOpening: true);
            Insert(lastEnd, ")", isOpening: false);
        }
    }

    private void ExpressionStatement()
    {
        var kind = PrimaryExpression();
        if (kind.IsCall)
            return;
        while (true)
        {
            if (!kind.IsAssignable)
                throw lexer.ErrorAt(token, "syntax error");
            if (!Accept(','))
                break;
            kind = PrimaryExpression();
        }

        Expect('=');
        ExpressionList();
    }

    private void ExpressionList()
    {
        do
        {
            Expression();
        }
        while (Accept(','));
    }

    private Operand Expression() => Subexpression(0);

    // Returns what kind of value it is, as far as one can tell.
    private Operand Subexpression(int limit)
    {
        Enter();
        var start = token.Start;
        Operand operand;
        if (token.Kind == LuaTokenKind.Not || token.Is('-') || token.Is('#'))
        {
            Advance();
            Subexpression(UnaryPriority);
            operand = default;
        }
        else
        {
            operand = SimpleExpression();
        }

        while (PriorityOf(token) is var (left, right) && left > limit)
        {
            var isConcat = token.Kind == LuaTokenKind.Concat;
            if (isConcat)
                MakeText(start, operand);
            Advance();
            var nextStart = token.Start;
            var next = Subexpression(right);
            if (isConcat && !next.IsConcat)
                MakeText(nextStart, next);
            operand = new Operand { IsConcat = isConcat, IsText = isConcat };
        }

        Leave();
        return operand;
    }

    private const int UnaryPriority = 8;

    // Longer ones are not exact as doubles, which shows.
    private const int WholeDigitsMax = 15;

    private static (int Left, int Right) PriorityOf(LuaToken token) => token.Kind switch
    {
        LuaTokenKind.Or => (1, 1),
        LuaTokenKind.And => (2, 2),
        LuaTokenKind.Equal or LuaTokenKind.NotEqual or LuaTokenKind.LessOrEqual or LuaTokenKind.GreaterOrEqual => (3, 3),
        LuaTokenKind.Concat => (5, 4),
        LuaTokenKind.Other => token.Character switch
        {
            '<' or '>' => (3, 3),
            '+' or '-' => (6, 6),
            '*' or '/' or '%' => (7, 7),
            '^' => (10, 9),
            _ => (-1, -1),
        },
        _ => (-1, -1),
    };

    private void MakeText(int start, Operand operand)
    {
        if (operand.IsText)
            return;
        Insert(start, TextOf + "(", isOpening: true);
        Insert(lastEnd, operand.Description == null ? ")" : $",\"{operand.Description}\")", isOpening: false);
    }

    // What encloses goes outside what is already there: before it at a beginning, behind it at an end.
    private void Insert(int at, string text, bool isOpening)
    {
        var first = isOpening ? edits.FindIndex(e => e.At == at) : -1;
        if (first >= 0)
            edits.Insert(first, (at, 0, text));
        else
            edits.Add((at, 0, text));
    }

    private Operand SimpleExpression()
    {
        switch (token.Kind)
        {
            case LuaTokenKind.Number:
                Number();
                return default;
            case LuaTokenKind.Text:
                Advance();
                return new Operand { IsText = true };
            case LuaTokenKind.Nil or LuaTokenKind.True or LuaTokenKind.False:
                Advance();
                return default;
            case LuaTokenKind.Dots:
                if (!scope.IsVararg)
                    throw lexer.ErrorAt(token, "cannot use '...' outside a vararg function");
                scope.UsesDots = true;
                Advance();
                return default;
            case LuaTokenKind.Function:
                var line = token.Line;
                Advance();
                FunctionBody(isMethod: false, line);
                return default;
            default:
                if (!token.Is('{'))
                    return PrimaryExpression();
                Table();
                return default;
        }
    }

    private void Number()
    {
        var text = source.AsSpan(token.Start, token.End - token.Start);
        if (text.IndexOfAny("xX") > 0)
        {
            var digits = (LuaNumber.TryParse(text, out var value) ? value : 0).ToString("R", CultureInfo.InvariantCulture);
            edits.Add((token.Start, text.Length, digits.Contains('.', StringComparison.Ordinal) || digits.Contains('E', StringComparison.Ordinal) ? digits : digits + ".0"));
        }
        else if (IsWhole(token))
        {
            edits.Add((token.End, 0, ".0"));
        }

        Advance();
    }

    private bool IsWhole(LuaToken number) => source.AsSpan(number.Start, number.End - number.Start).IndexOfAnyExceptInRange('0', '9') < 0;

    private void Table()
    {
        var line = token.Line;
        Expect('{');
        while (!token.Is('}'))
        {
            if (token.Kind == LuaTokenKind.Name && Peek().Is('='))
            {
                Advance();
                Advance();
                Expression();
            }
            else if (token.Is('['))
            {
                Index();
                Expect('=');
                Expression();
            }
            else
            {
                Expression();
            }

            if (!Accept(',') && !Accept(';'))
                break;
        }

        ExpectClose(token.Is('}'), "}", "{", line);
    }

    private string? Index()
    {
        Expect('[');
        // A whole literal stays an integer: the same place of the table, found faster. A name in quotes is shown in errors.
        var edit = edits.Count;
        var first = token;
        var isAlone = Peek().Is(']');
        Expression();
        if (isAlone && first.Kind == LuaTokenKind.Number && IsWhole(first))
            edits.RemoveRange(edit, edits.Count - edit);
        Expect(']');
        return isAlone && first.Kind == LuaTokenKind.Text && source[first.Start] != '[' ? source[(first.Start + 1)..(first.End - 1)] : "?";
    }

    private Operand PrimaryExpression()
    {
        var operand = Prefix();
        while (true)
        {
            if (token.Is('.'))
            {
                Advance();
                operand = new Operand { IsAssignable = true, Description = Describe("field", Name()) };
            }
            else if (token.Is('['))
            {
                operand = new Operand { IsAssignable = true, Description = Describe("field", Index()!) };
            }
            else if (token.Is(':'))
            {
                Advance();
                Name();
                Arguments();
                operand = new Operand { IsCall = true };
            }
            else if (token.Is('(') || token.Kind == LuaTokenKind.Text || token.Is('{'))
            {
                Arguments();
                operand = new Operand { IsCall = true, IsLocal = operand is { IsLocal: true, IsCall: false } };
            }
            else
            {
                return operand;
            }
        }
    }

    private Operand Prefix()
    {
        var line = token.Line;
        if (token.Is('('))
        {
            Advance();
            Expression();
            ExpectClose(token.Is(')'), ")", "(", line);
            return default;
        }

        if (token.Kind != LuaTokenKind.Name)
            throw lexer.ErrorAt(token, "unexpected symbol");
        var name = Name();
        var kind = Note(name);
        return new Operand { IsAssignable = true, Description = Describe(kind, name), IsLocal = kind != "global" };
    }

    private void Arguments()
    {
        if (token.Kind == LuaTokenKind.Text)
        {
            Advance();
        }
        else if (token.Is('{'))
        {
            Table();
        }
        else if (token.Is('('))
        {
            var line = token.Line;
            if (line != lastLine)
                throw lexer.ErrorAt(token, "ambiguous syntax (function call x new statement)");
            Advance();
            if (!token.Is(')'))
                ArgumentList();
            ExpectClose(token.Is(')'), ")", "(", line);
        }
        else
        {
            throw lexer.ErrorAt(token, "function arguments expected");
        }
    }

    // A whole literal stays an integer here too: where a function takes it for a string it has no point.
    private void ArgumentList()
    {
        do
        {
            var edit = edits.Count;
            var isLiteral = token.Kind == LuaTokenKind.Number && IsWhole(token) && token.End - token.Start < WholeDigitsMax && Peek() is var next && (next.Is(',') || next.Is(')'));
            Expression();
            if (isLiteral)
                edits.RemoveRange(edit, edits.Count - edit);
        }
        while (Accept(','));
    }

    private void FunctionBody(bool isMethod, int line)
    {
        Expect('(');
        var inner = new FunctionScope(scope, isVararg: false);
        if (isMethod)
            inner.Locals.Add("self");
        if (!token.Is(')'))
        {
            do
            {
                if (token.Kind == LuaTokenKind.Dots)
                {
                    Advance();
                    inner = new FunctionScope(scope, isVararg: true, inner.Locals);
                    break;
                }

                if (token.Kind != LuaTokenKind.Name)
                    throw lexer.ErrorAt(token, "<name> or '...' expected");
                inner.Locals.Add(Name());
            }
            while (Accept(','));
        }

        Expect(')');
        var bodyStart = lastEnd;
        var loopsOutside = loops;
        loops = 0;
        scope = inner;
        Block();
        scope = inner.Outer!;
        loops = loopsOutside;
        if (inner.IsVararg && !inner.UsesDots && inner.UsesArg)
            edits.Add((bodyStart, 0, " local arg={n=select('#',...),...} "));
        ExpectEnd("function", line);
    }

    // Looks a name up, and tells what Lua calls it in errors.
    private string Note(string name)
    {
        if (scope.Locals.Contains(name))
            return "local";
        if (name == "arg")
            scope.UsesArg = true;
        for (var outer = scope.Outer; outer != null; outer = outer.Outer)
        {
            if (outer.Locals.Contains(name))
                return "upvalue";
        }

        return "global";
    }

    private static string? Describe(string kind, string name) => name.Length <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '?' or ' ' or '-' or ':' or '.') ? $"{kind} '{name}'" : null;

    /// <summary>What is known of an expression.</summary>
    private readonly struct Operand
    {
        public bool IsText { get; init; }

        public bool IsConcat { get; init; }

        public bool IsCall { get; init; }

        /// <summary>Whether it is a name of the script's own, or a call of one.</summary>
        public bool IsLocal { get; init; }

        public bool IsAssignable { get; init; }

        public string? Description { get; init; }
    }

    /// <summary>A function being read: the names it can see, innermost last.</summary>
    private sealed class FunctionScope(FunctionScope? outer, bool isVararg, List<string>? locals = null)
    {
        public FunctionScope? Outer { get; } = outer;

        public bool IsVararg { get; } = isVararg;

        public List<string> Locals { get; } = locals ?? [];

        public bool UsesDots { get; set; }

        public bool UsesArg { get; set; }
    }
}
