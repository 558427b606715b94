using System.Globalization;
using System.Numerics;
using System.Text;

namespace RespKv.Server.Kv;

/// <summary>
/// A number of x87's extended format, in which Redis on x86-64 adds for INCRBYFLOAT: sign, 64 bits of mantissa, magnitudes from 2^-16445 to below 2^16384. Reading, adding and
/// writing are exact arithmetic on integers that is rounded once, to the nearest and to even from the middle, as the processor and the C library do it.
/// </summary>
internal readonly struct LongDouble
{
    // Redis reads numbers through a buffer of 5 KB with an end mark.
    private const int TextBytesMax = (5 * 1024) - 1;
    private const int MantissaBits = 64;
    private const int ExponentMin = -16445;
    private const int MagnitudeBitsMax = 16384;

    // From here on a decimal or binary exponent is beyond all numbers, whatever digits stand before it.
    private const int ExponentFar = 100_000;

    // Decimal places that Redis writes, before it cuts trailing zeros.
    private const int Places = 17;
    private const ulong PlacesScale = 100_000_000_000_000_000;

    private readonly bool isNegative;
    private readonly ulong mantissa;
    private readonly int exponent;

    private LongDouble(bool isNegative, ulong mantissa, int exponent)
    {
        this.isNegative = isNegative;
        this.mantissa = mantissa;
        this.exponent = exponent;
        IsFinite = true;
    }

    /// <summary>False for infinity, and for what is no number.</summary>
    public bool IsFinite { get; }

    /// <summary>The sum, rounded.</summary>
    public static LongDouble operator +(LongDouble a, LongDouble b)
    {
        if (!a.IsFinite || !b.IsFinite)
            return default;
        var least = Math.Min(a.exponent, b.exponent);
        var sum = (a.Signed << (a.exponent - least)) + (b.Signed << (b.exponent - least));
        return Round(sum.Sign < 0, BigInteger.Abs(sum), least);
    }

    /// <summary>
    /// Reads what strtold reads and Redis accepts: decimal or hexadecimal digits with a point and an exponent, or infinity in words. Nothing may stand before or behind; what is
    /// too large, or too small to be told from zero, is refused.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out LongDouble value)
    {
        value = default;
        if (text.Length is 0 or > TextBytesMax)
            return false;
        var isNegative = text[0] == '-';
        if (text[0] is (byte)'-' or (byte)'+')
            text = text[1..];
        if (Ascii.EqualsIgnoreCase(text, "inf"u8) || Ascii.EqualsIgnoreCase(text, "infinity"u8))
            return true;
        var isHex = text.Length > 2 && text[0] == '0' && (text[1] | 0x20) == 'x';
        if (!TryReadDigits(isHex ? text[2..] : text, isHex, out var digits, out var power))
            return false;
        var isRead = isHex ? TryScaleBinary(isNegative, digits, power, out value) : TryScaleDecimal(isNegative, digits, power, out value);
        return isRead && value.IsFinite && (value.mantissa != 0 || digits.IsZero);
    }

    /// <summary>The number with at most 17 decimal places and no trailing zeros, all of its digits before the point, and no exponent.</summary>
    public override string ToString()
    {
        if (!IsFinite)
            return "inf";
        var digits = exponent >= 0 ? ((BigInteger)mantissa << exponent).ToString(CultureInfo.InvariantCulture) : Fraction();
        return isNegative && digits != "0" ? "-" + digits : digits;
    }

    private BigInteger Signed => isNegative ? -(BigInteger)mantissa : mantissa;

    private string Fraction()
    {
        var shift = -exponent;
        // 64 bits of mantissa and 57 of 10^17 leave nothing to be rounded up.
        if (shift > MantissaBits + 57)
            return "0";
        var product = (UInt128)mantissa * PlacesScale;
        var scaled = product >> shift;
        var rest = product - (scaled << shift);
        var half = UInt128.One << (shift - 1);
        if (rest > half || (rest == half && UInt128.IsOddInteger(scaled)))
            scaled++;
        var (whole, places) = ((ulong)(scaled / PlacesScale), (ulong)(scaled % PlacesScale));
        return places == 0
            ? whole.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{whole}.{places.ToString("D" + Places, CultureInfo.InvariantCulture).TrimEnd('0')}");
    }

    /// <summary>Takes the digits as one integer, and the power of ten (of two, for hexadecimal ones) that it is to be multiplied by.</summary>
    private static bool TryReadDigits(ReadOnlySpan<byte> text, bool isHex, out BigInteger digits, out int power)
    {
        digits = default;
        power = 0;
        var collected = new StringBuilder(isHex ? "0" : "", text.Length + 1);
        var hasPoint = false;
        var at = 0;
        var count = 0;
        for (; at < text.Length && (IsDigit(text[at], isHex) || (text[at] == '.' && !hasPoint)); at++)
        {
            if (text[at] == '.')
            {
                hasPoint = true;
                continue;
            }

            collected.Append((char)text[at]);
            count++;
            if (hasPoint)
                power -= isHex ? 4 : 1;
        }

        if (count == 0 || !TryReadExponent(text[at..], isHex ? 'p' : 'e', out var exponent))
            return false;
        digits = BigInteger.Parse(collected.ToString(), isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture);
        power += exponent;
        return true;
    }

    private static bool TryReadExponent(ReadOnlySpan<byte> text, char mark, out int exponent)
    {
        exponent = 0;
        if (text.IsEmpty)
            return true;
        if ((text[0] | 0x20) != mark)
            return false;
        text = text[1..];
        var isNegative = text is [(byte)'-', ..];
        if (text is [(byte)'-' or (byte)'+', ..])
            text = text[1..];
        if (text.IsEmpty)
            return false;
        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit((char)digit))
                return false;
            exponent = Math.Min((exponent * 10) + (digit - '0'), ExponentFar);
        }

        if (isNegative)
            exponent = -exponent;
        return true;
    }

    private static bool TryScaleBinary(bool isNegative, BigInteger digits, int power, out LongDouble value)
    {
        // Bounded before anything is shifted by it.
        var bits = digits.GetBitLength() + power;
        value = new LongDouble(isNegative, 0, 0);
        if (digits.IsZero)
            return true;
        if (bits > MagnitudeBitsMax || bits < ExponentMin)
            return false;
        value = Round(isNegative, digits, power);
        return true;
    }

    private static bool TryScaleDecimal(bool isNegative, BigInteger digits, int power, out LongDouble value)
    {
        value = new LongDouble(isNegative, 0, 0);
        if (digits.IsZero)
            return true;
        // The largest number is about 1.2e4932 and the smallest 3.6e-4951: bounded before a power is taken.
        var magnitude = BigInteger.Log10(digits) + power;
        if (magnitude is > 4934 or < -4953)
            return false;
        if (power >= 0)
        {
            value = Round(isNegative, digits * BigInteger.Pow(10, power), 0);
            return true;
        }

        // As many bits of quotient as make one that is rounded right, and one more that tells whether anything is left.
        var divisor = BigInteger.Pow(10, -power);
        var shift = (int)Math.Max(0, MantissaBits + 2 + divisor.GetBitLength() - digits.GetBitLength());
        var quotient = BigInteger.DivRem(digits << shift, divisor, out var rest);
        value = Round(isNegative, rest.IsZero ? quotient : quotient | BigInteger.One, -shift);
        return true;
    }

    /// <summary>The nearest number to <paramref name="magnitude"/> times a power of two.</summary>
    private static LongDouble Round(bool isNegative, BigInteger magnitude, int exponent)
    {
        var shift = (int)Math.Max(magnitude.GetBitLength() - MantissaBits, ExponentMin - exponent);
        if (shift > 0)
        {
            var kept = magnitude >> shift;
            var rest = magnitude - (kept << shift);
            var order = rest.CompareTo(BigInteger.One << (shift - 1));
            magnitude = order > 0 || (order == 0 && !kept.IsEven) ? kept + 1 : kept;
            exponent += shift;
            if (magnitude.GetBitLength() > MantissaBits)
            {
                magnitude >>= 1;
                exponent++;
            }
        }

        return magnitude.GetBitLength() + exponent > MagnitudeBitsMax && !magnitude.IsZero ? default : new LongDouble(isNegative, (ulong)magnitude, exponent);
    }

    private static bool IsDigit(byte value, bool isHex) => isHex ? char.IsAsciiHexDigit((char)value) : char.IsAsciiDigit((char)value);
}
