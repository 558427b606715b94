using System.Collections.Frozen;

namespace RespKv.Server.Commands;

/// <summary>
/// Reads the notation of <see cref="Command.Syntax"/>: words in lower case are values, others tokens; <c>[...]</c> is optional, <c>a | b</c> inside brackets a choice,
/// <c>x [x ...]</c> a repetition.
/// </summary>
internal sealed class CommandSyntax
{
    private const string Ellipsis = "...";

    private static readonly FrozenSet<string> Integers = FrozenSet.Create(
        StringComparer.Ordinal,
        "seconds", "milliseconds", "count", "offset", "start", "end", "db", "destination-db", "index", "index1", "index2", "cursor", "increment", "decrement", "version",
        "limit", "timeout", "numreplicas", "numlocal", "samples", "client-id", "port", "protover", "len", "max-age", "milliseconds-timeout", "bit");

    private static readonly FrozenSet<string> Keys = FrozenSet.Create(StringComparer.Ordinal, "key", "newkey", "source", "destination", "key1", "key2");

    private readonly Command command;
    private readonly List<string> words;
    private int at;

    private CommandSyntax(Command command)
    {
        this.command = command;
        words = Split(command.Syntax);
    }

    /// <summary>The arguments behind the command's name.</summary>
    /// <exception cref="FormatException">The syntax has a bracket too many or too few.</exception>
    public static IReadOnlyList<CommandArgument> Parse(Command command)
    {
        var syntax = new CommandSyntax(command);
        var arguments = syntax.Sequence(isGroup: false);
        if (syntax.at < syntax.words.Count)
            throw new FormatException($"The syntax of {command.FullName} goes on after its end: {command.Syntax}");
        return arguments;
    }

    private static List<string> Split(string syntax)
    {
        foreach (var mark in "[]<>|")
            syntax = syntax.Replace(mark.ToString(), $" {mark} ", StringComparison.Ordinal);
        return [.. syntax.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>Arguments up to the end of the group, or the next alternative.</summary>
    private List<CommandArgument> Sequence(bool isGroup)
    {
        var items = new List<CommandArgument>();
        while (at < words.Count && words[at] is not ("]" or ">" or "|"))
        {
            if (words[at] is "[" or "<")
                AddGroup(items);
            else
                items.Add(Word(words[at++]));
        }

        return JoinTokens(items, isGroup);
    }

    private void AddGroup(List<CommandArgument> items)
    {
        var isOptional = words[at++] == "[";
        if (isOptional && TryRepeat(items))
            return;
        var argument = Choice();
        Close(isOptional ? "]" : ">");
        items.Add(isOptional ? argument with { IsOptional = true } : argument);
    }

    // `x [x ...]`: what was read last may be repeated.
    private bool TryRepeat(List<CommandArgument> items)
    {
        var length = words.FindIndex(at, w => w is "]" or "[") - at;
        if (length < 2 || words[at + length - 1] != Ellipsis)
            return false;
        var repeated = length - 1;
        at += length;
        Close("]");
        var whole = items.GetRange(items.Count - repeated, repeated);
        items.RemoveRange(items.Count - repeated, repeated);
        var hasToken = whole[0].Kind == ArgumentKind.PureToken;
        var one = whole.Count == 1 ? whole[0] : hasToken ? JoinTokens(whole, isGroup: true)[0] : new CommandArgument("data", ArgumentKind.Block) { Parts = whole };
        items.Add(one with { IsMultiple = true, IsMultipleToken = hasToken && whole.Count > 1 });
        return true;
    }

    private CommandArgument Choice()
    {
        var alternatives = new List<CommandArgument> { AsOne(Sequence(isGroup: true)) };
        while (at < words.Count && words[at] == "|")
        {
            at++;
            alternatives.Add(AsOne(Sequence(isGroup: true)));
        }

        return alternatives.Count == 1 ? alternatives[0] : new CommandArgument(NameOf(alternatives), ArgumentKind.OneOf) { Parts = alternatives };
    }

    private static CommandArgument AsOne(List<CommandArgument> items) =>
        items.Count == 1 ? items[0] : new CommandArgument(items[0].Name, ArgumentKind.Block) { Parts = items };

    /// <summary>
    /// Gives tokens to what they announce: at the beginning of a group all that follows in it, elsewhere the next value.
    /// </summary>
    private static List<CommandArgument> JoinTokens(List<CommandArgument> items, bool isGroup)
    {
        if (isGroup && items.Count > 2 && IsToken(items[0]) && !IsToken(items[1]))
            return [new CommandArgument(items[0].Name, ArgumentKind.Block) { Token = items[0].Token, Parts = JoinTokens(items[1..], isGroup: false) }];
        var joined = new List<CommandArgument>();
        for (var i = 0; i < items.Count; i++)
        {
            if (IsToken(items[i]) && i + 1 < items.Count && items[i + 1] is { Token: null, IsOptional: false } value)
                joined.Add(value with { Token = items[i++].Token });
            else
                joined.Add(items[i]);
        }

        return joined;
    }

    private static bool IsToken(CommandArgument argument) => argument is { Kind: ArgumentKind.PureToken, IsOptional: false };

    private CommandArgument Word(string word)
    {
        if (!word.Any(char.IsAsciiLetterLower))
            return new CommandArgument(word.ToLowerInvariant(), ArgumentKind.PureToken) { Token = word };
        return new CommandArgument(word, KindOf(word));
    }

    private ArgumentKind KindOf(string word)
    {
        if (command.Keys.HasKeys && Keys.Contains(word))
            return ArgumentKind.Key;
        if (word == "increment" && command.Name == "incrbyfloat")
            return ArgumentKind.Double;
        if (word == "pattern")
            return ArgumentKind.Pattern;
        if (word.StartsWith("unix-time", StringComparison.Ordinal))
            return ArgumentKind.UnixTime;
        return Integers.Contains(word) ? ArgumentKind.Integer : ArgumentKind.String;
    }

    private static string NameOf(List<CommandArgument> alternatives)
    {
        if (alternatives.Any(a => a.Token is "EX" or "PX"))
            return "expiration";
        return alternatives.Any(a => a.Token is "NX" or "XX") ? "condition" : string.Join('-', alternatives.Select(a => a.Name));
    }

    private void Close(string bracket)
    {
        if (at >= words.Count || words[at++] != bracket)
            throw new FormatException($"The syntax of {command.FullName} lacks a {bracket}: {command.Syntax}");
    }
}
