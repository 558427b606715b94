namespace RespKv.Differ;

/// <summary>What arguments are made of: few keys, so that commands meet, and numbers and texts at the edges of what is understood.</summary>
internal sealed class Words(Random random)
{
    /// <summary>Small and far numbers, the last ones of each width, and spellings that are or are not numbers, depending on who reads them.</summary>
    public static readonly string[] Numbers =
    [
        "0", "1", "2", "-1", "-2", "7", "8", "10", "100", "-100", "31", "32", "63", "64", "65", "127", "128", "255", "256", "65535", "1000000", "-0", "+1", "+0", "01", "00", "-01", " 1", "1 ", "1\n", "1\0", "\t1", "0x1", "0x10",
        "1.0", "1.5", ".5", "5.", "-.5", "1e0", "1e5", "1E5", "1e-5", "1e400", "1e4931", "1e5000", "-1e400", "1e+2", "3.0e2", "0.1", "0.10", "3.141592653589793238", "1e17", "123456789012345678", "12345678901234567890",
        "nan", "NaN", "-nan", "inf", "+inf", "-inf", "Inf", "INFINITY", "infinity", "-infinity", "1_000", "1,5", "one", "", " ", "-", "+", ".", "e5", "1e", "0b1", "1d", "1f", "0x", "0x1p3", "nan(1)",
        "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "536870911", "536870912", "4294967295", "9223372036854775806", "9223372036854775807", "9223372036854775808", "-9223372036854775807", "-9223372036854775808",
        "-9223372036854775809", "18446744073709551615", "18446744073709551616", "99999999999999999999", "9223372036854775", "9223372036854776", "-9223372036854775", "100000000000000000000000000000000000000000",
        "0.000000000000000000001", "17179869184", "1.0000000000000000000000001", "-1.5", "--1", "1-", "1e1e1", "1 2", "4.9e-324", "1.7976931348623157e308", "2.2250738585072014e-308", "999999999999999999.5", "5e-1", "10.00",
    ];

    private static readonly string[] Keys = ["k", "k1", "k2", "k3", "k4", "h1", "h2", "h3", "", "k\xff\0", "{t}a", "a b", "*", "K", "key:with:colons"];
    private static readonly string[] Fields = ["f", "f1", "f2", "f3", "f4", "f5", "", "f\xff\0\r\n", "1", "F"];
    private static readonly string[] Patterns = ["*", "k*", "h?", "f*", "[a-k]*", "[^k]*", "k[1-2]", "\\*", "*\xff*", "", "?", "**", "k[", "[k", "k\\", "*1", "[]", "[^]", "k[2-1]", "[\\]]", "{t}*", "*k*1*"];

    /// <summary>Words that options of any command are spelt with, and some that none is.</summary>
    public static readonly string[] Options =
    [
        "EX", "PX", "EXAT", "PXAT", "NX", "XX", "GT", "LT", "GET", "KEEPTTL", "PERSIST", "MATCH", "COUNT", "TYPE", "NOVALUES", "WITHVALUES", "REPLACE", "ABSTTL", "IDLETIME", "FREQ", "DB", "BYTE", "BIT", "LEN", "IDX", "MINMATCHLEN",
        "WITHMATCHLEN", "SET", "INCRBY", "OVERFLOW", "WRAP", "SAT", "FAIL", "FIELDS", "STORE", "LIMIT", "ON", "OFF", "YES", "NO", "SKIP", "HELP", "AUTH", "SETNAME", "WHAT", "", "ASYNC", "SYNC", "ID", "ADDR", "string", "hash", "list",
    ];

    public string Number() => One(Numbers);

    /// <summary>A number that most readers take.</summary>
    public string Small(int from, int to) => random.Next(12) == 0 ? Number() : Text(random.Next(from, to));

    public string Key() => One(Keys);

    public string Field() => One(Fields);

    public string Pattern() => One(Patterns);

    public string Option() => Spelt(One(Options));

    public string Value() => random.Next(10) switch
    {
        0 => "",
        < 4 => Number(),
        < 6 => Text(random.Next(-1000, 1000)),
        6 => new string((char)random.Next(256), random.Next(300)),
        7 => string.Create(random.Next(200), random, static (letters, source) => Fill(letters, () => (char)source.Next(256))),
        8 => string.Create(random.Next(60), random, static (letters, source) => Fill(letters, () => (char)source.Next('a', 'd'))),
        _ => One(["abc", "foobar", "ohmytext", "mynewtext", "\xff\xff", "\0", "a b", "0123456789", "hello world", new string('x', 2000), new string('y', 45), new string('z', 44)]),
    };

    public string Database() => random.Next(15) == 0 ? Number() : Text(random.Next(3));

    public string Several(string[] options) => Spelt(One(options));

    public string One(string[] words) => words[random.Next(words.Length)];

    /// <summary>One to so many of what <paramref name="make"/> makes.</summary>
    public string[] Many(int max, Func<string> make) => [.. Enumerable.Range(0, random.Next(1, max + 1)).Select(_ => make())];

    /// <summary>One to so many pairs.</summary>
    public string[] Pairs(int max, Func<string> first, Func<string> second) => [.. Enumerable.Range(0, random.Next(1, max + 1)).SelectMany(_ => new[] { first(), second() })];

    /// <summary>So many of the options, or none, in any order; some twice.</summary>
    public string[] Some(params Func<string[]>[] options)
    {
        var count = random.Next(5) switch { < 2 => 0, 2 => 1, 3 => random.Next(1, 3), _ => random.Next(1, 5) };
        return [.. Enumerable.Range(0, count).SelectMany(_ => options[random.Next(options.Length)]())];
    }

    /// <summary>A name in one of the ways that clients spell it.</summary>
    public string Spelt(string word) => random.Next(8) switch
    {
        0 => word.ToLowerInvariant(),
        1 => string.Concat(word.Select(letter => random.Next(2) == 0 ? char.ToLowerInvariant(letter) : char.ToUpperInvariant(letter))),
        _ => word,
    };

    /// <summary>Seconds from now that are past or far, never within a run.</summary>
    public string Seconds() => random.Next(6) == 0 ? Number() : Text(random.Next(5) == 0 ? -random.Next(100_000) : random.Next(10_000, 1_000_000));

    /// <summary>The same in milliseconds.</summary>
    public string Milliseconds() => random.Next(6) == 0 ? FarNumber() : Text(random.Next(5) == 0 ? -random.Next(100_000) : random.Next(10_000_000, 1_000_000_000));

    /// <summary>A Unix time in seconds.</summary>
    public string UnixSeconds() => random.Next(6) == 0 ? Number() : Text(random.Next(4) == 0 ? random.Next(1, 1_000_000) : 4_000_000_000 + random.Next(1_000_000));

    /// <summary>A Unix time in milliseconds.</summary>
    public string UnixMilliseconds() => random.Next(6) == 0 ? Number() : Text(random.Next(4) == 0 ? random.Next(1, 1_000_000) : 4_000_000_000_000 + random.Next(1_000_000));

    public static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    // A number of milliseconds that would end within a run makes replies depend on the speed of the machine.
    private string FarNumber()
    {
        var number = Number();
        return long.TryParse(number, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var value) && value is > 0 and < 1_000_000_000 ? "-" + number : number;
    }

    private static void Fill(Span<char> letters, Func<char> next)
    {
        for (var i = 0; i < letters.Length; i++)
            letters[i] = next();
    }
}
