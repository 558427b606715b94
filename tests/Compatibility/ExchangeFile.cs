using System.Globalization;
using System.Text;

namespace RespKv.Tests.Compatibility;

/// <summary>
/// Reads exchange files. A line is a command in the quoting of redis-cli, a directive, a heading <c>== title</c>, a comment <c># ...</c>
/// or empty. A directive may stand before a command (or another directive) on the same line, or on a line of its own before it:
/// <code>
/// !resp3                     all connections of the scenario speak RESP3; before its first command
/// !needs COMMAND             the scenario is played only where RespKv serves that command; before its first command
/// !on NAME                   from here on, use the connection of this name (the first is A)
/// !raw "BYTES"               sends bytes, reads one reply
/// !raw-silent "BYTES"        sends bytes, reads nothing
/// !raw-close "BYTES"         sends bytes, reads until the server closes the connection
/// !silent COMMAND            sends the command, reads nothing
/// !push                      reads one further message
/// !close                     closes the connection
/// !sleep MS                  waits
/// !save NAME COMMAND         each side keeps its reply (of an array, the first element); ${NAME} is that in later words
/// !shape COMMAND             types and counts of the replies must agree, values may differ
/// !kind COMMAND              only the replies' own types must agree
/// !unordered COMMAND         elements may be in any order
/// !within N COMMAND          integers may differ by as much as N
/// !fields A,B COMMAND        of a text of name=value words or name:value lines, only these fields must agree
/// !since VERSION "REPLY" COMMAND  RespKv must reply with these bytes, and so must a peer of that version or later; an older one is not asked
/// </code>
/// Words may hold <c>${addr.NAME}</c>, the client's address of a connection that is open, and <c>${a*1000}</c>, a letter many times.
/// </summary>
internal sealed class ExchangeFile
{
    private const string FirstConnection = "A";

    private readonly string name;
    private readonly List<ExchangeScenario> scenarios = [];
    private List<ExchangeStep> steps = [];
    private string title;
    private bool isResp3;
    private string? needs;
    private string connection = FirstConnection;

    // What directives have said about the next command.
    private ReplyComparison comparison = ReplyComparison.Exact;
    private ExchangeAction action = ExchangeAction.Command;
    private string? saveAs;
    private byte[]? expected;
    private Version? since;
    private string text = "";

    private ExchangeFile(string name)
    {
        this.name = name;
        title = Path.GetFileNameWithoutExtension(name);
    }

    /// <summary>The scenarios of a file's lines.</summary>
    /// <exception cref="FormatException">A line is none of the above; the message holds file and line.</exception>
    public static IReadOnlyList<ExchangeScenario> Parse(string name, IEnumerable<string> lines)
    {
        var file = new ExchangeFile(name);
        var number = 0;
        try
        {
            foreach (var line in lines)
            {
                number++;
                file.AddLine(number, line.Trim());
            }

            file.EndScenario();
            return file.scenarios;
        }
        catch (FormatException error)
        {
            throw new FormatException($"{name}:{number}: {error.Message}", error);
        }
    }

    private void AddLine(int number, string line)
    {
        if (line.Length == 0 || line[0] == '#')
            return;
        if (line.StartsWith("== ", StringComparison.Ordinal))
        {
            EndScenario();
            title = line[3..].Trim();
            return;
        }

        text = text.Length == 0 ? line : text + ' ' + line;
        while (line.StartsWith('!'))
        {
            if (TakeDirective(number, ref line))
                return;
        }

        if (line.Length > 0)
            AddStep(number, action, QuotedText.Split(line));
        else if (!IsUnderWay)
            text = "";
    }

    private bool IsUnderWay => action != ExchangeAction.Command || comparison.Mode != ReplyComparisonMode.Exact || saveAs is not null || expected is not null;

    /// <summary>Takes a directive off the line; true when it makes a step of its own.</summary>
    private bool TakeDirective(int number, ref string line)
    {
        var directive = Word(ref line);
        switch (directive)
        {
            case "!resp3":
                isResp3 = steps.Count == 0 ? true : throw new FormatException("!resp3 comes before the first command.");
                return false;
            case "!needs":
                needs = steps.Count == 0 ? Word(ref line) : throw new FormatException("!needs comes before the first command.");
                return false;
            case "!on":
                connection = Word(ref line);
                return false;
            case "!silent":
                action = ExchangeAction.Silent;
                return false;
            case "!save":
                saveAs = Word(ref line);
                return false;
            case "!since":
                since = Version.TryParse(Word(ref line), out var version) ? version : throw new FormatException("!since needs a version.");
                expected = QuotedText.TakeWord(line, out line);
                return false;
            case "!shape":
                comparison = new ReplyComparison(ReplyComparisonMode.Shape);
                return false;
            case "!kind":
                comparison = new ReplyComparison(ReplyComparisonMode.Kind);
                return false;
            case "!unordered":
                comparison = new ReplyComparison(ReplyComparisonMode.Unordered);
                return false;
            case "!within":
                comparison = new ReplyComparison(ReplyComparisonMode.Within, Tolerance: long.Parse(Word(ref line), CultureInfo.InvariantCulture));
                return false;
            case "!fields":
                comparison = new ReplyComparison(ReplyComparisonMode.Fields, Fields: Word(ref line).Split(','));
                return false;
            default:
                AddOwnStep(number, directive, ref line);
                return true;
        }
    }

    private void AddOwnStep(int number, string directive, ref string line)
    {
        var (ownAction, hasWord) = directive switch
        {
            "!raw" => (ExchangeAction.Raw, true),
            "!raw-silent" => (ExchangeAction.RawSilent, true),
            "!raw-close" => (ExchangeAction.RawClose, true),
            "!sleep" => (ExchangeAction.Sleep, true),
            "!push" => (ExchangeAction.Push, false),
            "!close" => (ExchangeAction.Close, false),
            _ => throw new FormatException("No directive " + directive),
        };
        if (hasWord && line.Length == 0)
            throw new FormatException(directive + " needs an argument.");
        List<byte[]> words = hasWord ? [QuotedText.TakeWord(line, out line)] : [];
        if (line.Length > 0)
            throw new FormatException($"'{line}' follows {directive}.");
        AddStep(number, ownAction, words);
    }

    private void AddStep(int number, ExchangeAction stepAction, List<byte[]> words)
    {
        steps.Add(new ExchangeStep(number, text, stepAction, connection, words, comparison, saveAs, expected, since));
        comparison = ReplyComparison.Exact;
        action = ExchangeAction.Command;
        saveAs = null;
        expected = null;
        since = null;
        text = "";
    }

    private void EndScenario()
    {
        if (IsUnderWay)
            throw new FormatException("A directive at the end, without its command.");
        if (steps.Count > 0)
            scenarios.Add(new ExchangeScenario(name, title, steps, isResp3, needs));
        steps = [];
        isResp3 = false;
        needs = null;
        connection = FirstConnection;
    }

    private static string Word(ref string line)
    {
        if (line.Length == 0)
            throw new FormatException("A directive needs an argument.");
        return Encoding.UTF8.GetString(QuotedText.TakeWord(line, out line));
    }
}
