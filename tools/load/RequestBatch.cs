namespace RespKv.Load;

/// <summary>
/// The requests that one connection sends together. The bytes are built once; the next batch usually differs only in the digits
/// of its keys, which are written in place. Used by one thread.
/// </summary>
internal sealed class RequestBatch
{
    private readonly Workload workload;
    private readonly KeySequence keys;
    private readonly RequestTemplate[] templates;
    private readonly int[] offsets;
    private readonly byte[] bytes;
    private int length;
    private int cyclePosition;
    private long key;

    public RequestBatch(Workload workload, KeySequence keys, int count)
    {
        this.workload = workload;
        this.keys = keys;
        templates = new RequestTemplate[count];
        offsets = new int[count];
        bytes = new byte[count * workload.LongestRequestBytes];
    }

    /// <summary>Requests in the batch.</summary>
    public int Count => templates.Length;

    /// <summary>The bytes of the batch, until the next <see cref="Build"/>.</summary>
    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, length);

    public RequestTemplate Template(int slot) => templates[slot];

    /// <summary>Makes the next batch.</summary>
    public void Build()
    {
        var offset = 0;
        for (var slot = 0; slot < templates.Length; slot++)
        {
            var template = NextTemplate();
            if (templates[slot] != template || offsets[slot] != offset)
            {
                template.Bytes.CopyTo(bytes, offset);
                templates[slot] = template;
                offsets[slot] = offset;
            }

            foreach (var keyOffset in template.KeyOffsets)
            {
                key = template.RepeatsKey ? key : keys.Next();
                WriteDigits(offset + keyOffset);
            }

            offset += template.Bytes.Length;
        }

        length = offset;
    }

    private RequestTemplate NextTemplate()
    {
        var cycle = workload.Cycle;
        if (cycle.Length == 1)
        {
            return cycle[0];
        }

        if (workload.IsShuffled)
        {
            return cycle[keys.Below((ulong)cycle.Length)];
        }

        var next = cycle[cyclePosition];
        cyclePosition = cyclePosition + 1 < cycle.Length ? cyclePosition + 1 : 0;
        return next;
    }

    private void WriteDigits(int offset)
    {
        var digits = bytes.AsSpan(offset + RequestTemplate.KeyDigits - keys.Digits, keys.Digits);
        var rest = (ulong)key;
        for (var place = digits.Length - 1; place >= 0; place--)
        {
            var tenth = rest / 10;
            digits[place] = (byte)('0' + (rest - tenth * 10));
            rest = tenth;
        }
    }
}
