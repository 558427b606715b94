using System.Globalization;

namespace RespKv.Migrate;

/// <summary>A numbered database, or a namespace that has a name only.</summary>
internal readonly record struct Space(int? Number, string Name)
{
    public static Space OfName(string name) => name == "default" ? OfNumber(0)
        : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? OfNumber(number) : new Space(null, name);

    public static Space OfNumber(int number) => new(number, number.ToString(CultureInfo.InvariantCulture));

    public override string ToString() => Number == null ? "namespace " + Name : "db " + Name;
}
