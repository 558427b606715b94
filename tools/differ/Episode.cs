using System.Text;

namespace RespKv.Differ;

/// <summary>What both servers are sent on one new connection, after FLUSHALL.</summary>
/// <param name="Steps">The requests.</param>
/// <param name="IsMapped">Each request has one reply, so that replies are compared one by one; else the bytes are, as a whole.</param>
/// <param name="Cuts">Where what is sent is broken into pieces; each is a number of bytes.</param>
/// <param name="Damage">What is changed in the bytes before they are sent, or null.</param>
internal sealed record Episode(IReadOnlyList<Step> Steps, bool IsMapped, IReadOnlyList<int> Cuts, Func<byte[], byte[]>? Damage = null)
{
    /// <summary>What is sent.</summary>
    public byte[] Encode()
    {
        byte[] bytes = [.. Steps.SelectMany(step => step.Encode())];
        return Damage is null ? bytes : Damage(bytes);
    }

    /// <summary>The steps, one a line; with damage, the bytes.</summary>
    public override string ToString() =>
        Damage is null ? string.Join('\n', Steps.Select(step => "  " + step)) : "  " + Step.Quote(Encoding.Latin1.GetString(Encode()));
}
