using System.Globalization;
using System.Text;

namespace RespKv.Server.Commands;

/// <summary>The text of INFO while it is written.</summary>
internal sealed class InfoText
{
    private readonly StringBuilder text = new();

    public void Heading(string name)
    {
        if (text.Length > 0)
            text.Append("\r\n");
        text.Append("# ").Append(name).Append("\r\n");
    }

    public void Field(string name, string value) => text.Append(name).Append(':').Append(value).Append("\r\n");

    public void Field(string name, long value) => Field(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A number with so many places behind the point.</summary>
    public void Field(string name, double value, int places, string unit = "") =>
        Field(name, value.ToString("F" + places.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) + unit);

    /// <summary>Bytes, and the same for people in a second field.</summary>
    public void Bytes(string name, long bytes)
    {
        Field(name, bytes);
        Field(name + "_human", HumanBytes(bytes));
    }

    /// <summary>Fields with the value 0: what this server cannot have.</summary>
    public void Zeros(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            Field(name, 0);
    }

    public override string ToString() => text.ToString();

    /// <summary>As Redis prints sizes: <c>512B</c>, <c>1.50K</c>, <c>2.00M</c>.</summary>
    public static string HumanBytes(long bytes)
    {
        if (bytes < 1024)
            return bytes.ToString(CultureInfo.InvariantCulture) + "B";
        double amount = bytes;
        var unit = -1;
        while (amount >= 1024 && unit < 4)
        {
            amount /= 1024;
            unit++;
        }

        return amount.ToString("F2", CultureInfo.InvariantCulture) + "KMGTP"[unit];
    }
}
