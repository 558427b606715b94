namespace RespKv.Server.Scripting.Syntax;

/// <summary>What a token is. Reserved words and operators of more than one character have names; other characters are <see cref="Other"/>.</summary>
internal enum LuaTokenKind
{
    End,
    Name,
    Text,
    Number,
    Other,
    And,
    Break,
    Do,
    Else,
    ElseIf,
    EndWord,
    False,
    For,
    Function,
    If,
    In,
    Local,
    Nil,
    Not,
    Or,
    Repeat,
    Return,
    Then,
    True,
    Until,
    While,
    Concat,
    Dots,
    Equal,
    GreaterOrEqual,
    LessOrEqual,
    NotEqual,
}

/// <summary>A token: its kind, its place in the source, its line; for <see cref="LuaTokenKind.Other"/> its character.</summary>
internal readonly record struct LuaToken(LuaTokenKind Kind, int Start, int End, int Line, char Character = '\0')
{
    public bool Is(char character) => Kind == LuaTokenKind.Other && Character == character;
}
