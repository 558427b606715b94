using RespKv.Protocol;

namespace RespKv.Crash;

/// <summary>One write of a writer: the commands that are sent for it, what they do, and what they must reply.</summary>
/// <param name="Commands">The commands; several for a transaction.</param>
/// <param name="Replies">The reply of each, as one line of text.</param>
/// <param name="Apply">What it does to the model: all of it or nothing.</param>
internal sealed record Operation(RespArgument[][] Commands, string[] Replies, Action<WriterModel> Apply)
{
    public override string ToString() => string.Join("; ", Commands.Select(command => string.Join(' ', command.Take(4).Select(Word))));

    private static string Word(RespArgument argument)
    {
        var text = System.Text.Encoding.UTF8.GetString(argument.Bytes.Span);
        return text.Length > 40 ? text[..40] + "..." : text;
    }
}
