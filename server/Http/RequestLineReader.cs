using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.InteropServices;

namespace RespKv.Server.Http;

/// <summary>
/// What Kestrel reads a connection from. Kestrel refuses a path with an encoded NUL, which a key may hold; so that of a request line is changed, where it stands, into
/// something that Kestrel does not decode (<see cref="NulMark"/>) and <see cref="RequestTarget"/> does. Bodies are left alone, so whoever serves requests tells
/// where they are.
/// </summary>
internal sealed class RequestLineReader(PipeReader inner) : PipeReader
{
    /// <summary>The byte that stands for the last <c>0</c> of <c>%00</c>.</summary>
    public const byte NulMark = 1;

    /// <summary>Whether what is read next is a request line: from when a request has been served to when the next one has been parsed.</summary>
    public bool IsAtRequestLine { get; set; } = true;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var result = await inner.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (IsAtRequestLine)
            MarkNuls(result.Buffer);
        return result;
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
            return false;
        if (IsAtRequestLine)
            MarkNuls(result.Buffer);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    /// <summary>Marks the encoded NULs of a path; as often as wanted, on more and more of the line.</summary>
    [SuppressMessage("Style", "IDE0010", Justification = "The state is one of three.")]
    internal static void MarkNuls(ReadOnlySequence<byte> received)
    {
        // How much of %00 has been seen.
        var seen = 0;
        foreach (var memory in received)
        {
            var span = MemoryMarshal.AsMemory(memory).Span;
            for (var i = 0; i < span.Length; i++)
            {
                if (seen == 0)
                {
                    var skipped = span[i..].IndexOfAny((byte)'%', (byte)'?', (byte)'\n');
                    if (skipped < 0)
                        break;
                    i += skipped;
                }

                if (span[i] is (byte)'?' or (byte)'\n')
                    return;
                if (span[i] == '%')
                {
                    seen = 1;
                }
                else if (span[i] != '0')
                {
                    seen = 0;
                }
                else if (++seen == 3)
                {
                    span[i] = NulMark;
                    seen = 0;
                }
            }
        }
    }
}
