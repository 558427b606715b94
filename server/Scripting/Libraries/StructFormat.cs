namespace RespKv.Server.Scripting.Libraries;

/// <summary>Reads the format of <c>struct</c> option by option; those that only set how to go on are passed over.</summary>
internal sealed class StructFormat(string format)
{
    private const int IntegerBytesMax = 32;
    private const int AlignmentDefault = 8;

    private int at;
    private int alignment = 1;

    public char Option { get; private set; }

    /// <summary>Bytes that the option takes.</summary>
    public int Size { get; private set; }

    /// <summary>Bytes before it, for its alignment.</summary>
    public int Padding { get; private set; }

    public bool IsBigEndian { get; private set; }

    public bool IsInteger => Option is 'b' or 'B' or 'h' or 'H' or 'l' or 'L' or 'T' or 'i' or 'I';

    /// <summary>Goes to the next option; false at the end.</summary>
    /// <param name="function">Who asks, for errors.</param>
    /// <param name="position">Bytes before it.</param>
    public bool Next(string function, long position)
    {
        while (at < format.Length && format[at] != '\0')
        {
            Option = format[at++];
            if (Control(function))
                continue;
            Size = SizeOf();
            var aligned = Math.Min(Size, alignment);
            Padding = Size == 0 || Option == 'c' ? 0 : (int)((aligned - (position & (aligned - 1))) & (aligned - 1));
            return true;
        }

        return false;
    }

    private bool Control(string function)
    {
        switch (Option)
        {
            case ' ':
                return true;
            case '>' or '<':
                IsBigEndian = Option == '>';
                return true;
            case '!':
                alignment = Number(AlignmentDefault);
                if (alignment <= 0 || (alignment & (alignment - 1)) != 0)
                    throw new LuaErrorException($"alignment {alignment} is not a power of 2");
                return true;
            default:
                // Only to tell the size, unknown letters are taken for nothing.
                if ("bBhHlLTfdxciIs".Contains(Option, StringComparison.Ordinal) || (function == "size" && char.IsAsciiLetterOrDigit(Option)))
                    return false;
                throw LuaErrorException.Argument(1, function, $"invalid format option '{Option}'");
        }
    }

    private int SizeOf()
    {
        switch (Option)
        {
            case 'b' or 'B' or 'x':
                return 1;
            case 'h' or 'H':
                return 2;
            case 'l' or 'L' or 'T' or 'd':
                return 8;
            case 'f':
                return 4;
            case 'c':
                return Number(1);
            case 'i' or 'I':
                var size = Number(4);
                return size <= IntegerBytesMax ? size : throw new LuaErrorException($"integral size {size} is larger than limit of {IntegerBytesMax}");
            default:
                return 0;
        }
    }

    private int Number(int otherwise)
    {
        if (at >= format.Length || !char.IsAsciiDigit(format[at]))
            return otherwise;
        var value = 0L;
        while (at < format.Length && char.IsAsciiDigit(format[at]))
        {
            value = (value * 10) + format[at++] - '0';
            if (value > int.MaxValue)
                throw new LuaErrorException("integral size overflow");
        }

        return (int)value;
    }
}
