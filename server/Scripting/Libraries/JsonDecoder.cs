using System.Globalization;
using System.Text;
using RespKv.Server.Scripting.Syntax;

namespace RespKv.Server.Scripting.Libraries;

/// <summary><c>cjson.decode</c>: pushes what it reads straight onto Lua's stack.</summary>
internal ref struct JsonDecoder
{
    private static readonly System.Buffers.SearchValues<byte> Decimal = System.Buffers.SearchValues.Create("0123456789+-.eE"u8);

    private readonly JsonSettings settings;
    private readonly LuaState lua;
    private readonly ReadOnlySpan<byte> data;
    private readonly ByteText scratch;
    private int at;
    private int depth;

    // The token read last: its kind, where it began, what it holds.
    private Token token;
    private int tokenAt;
    private double number;
    private string problem = "";
    private ReadOnlySpan<byte> text;

    private JsonDecoder(JsonSettings settings, LuaState lua, ReadOnlySpan<byte> data, ByteText scratch)
    {
        this.settings = settings;
        this.lua = lua;
        this.data = data;
        this.scratch = scratch;
    }

    private enum Token
    {
        Error,
        End,
        ObjectBegin,
        ObjectEnd,
        ArrayBegin,
        ArrayEnd,
        Text,
        Number,
        True,
        False,
        Null,
        Colon,
        Comma,
    }

    public static int Decode(JsonSettings settings, LuaState lua)
    {
        if (lua.Top != 1)
            throw LuaErrorException.Argument(1, "decode", "expected 1 argument");
        var data = lua.Bytes(1, "decode");
        if (data.Length >= 2 && (data[0] == 0 || data[1] == 0))
            throw new LuaErrorException("JSON parser does not support UTF-16 or UTF-32");
        using var scratch = new ByteText();
        var decoder = new JsonDecoder(settings, lua, data, scratch);
        decoder.Next();
        decoder.Value();
        decoder.Next();
        if (decoder.token != Token.End)
            throw decoder.Expected("the end");
        return 1;
    }

    private readonly byte Peek(int offset = 0) => at + offset < data.Length ? data[at + offset] : (byte)0;

    private void Value()
    {
        switch (token)
        {
            case Token.Text:
                lua.Push(text);
                break;
            case Token.Number:
                lua.Push(number);
                break;
            case Token.True or Token.False:
                lua.Push(token == Token.True);
                break;
            case Token.Null:
                LuaApi.PushLight(lua.Pointer, 0);
                break;
            case Token.ObjectBegin:
                Object();
                break;
            case Token.ArrayBegin:
                Array();
                break;
            default:
                throw Expected("value");
        }
    }

    private void Descend(int slots)
    {
        if (++depth > settings.DecodeDepthMax || !lua.HasRoom(slots + 2))
            throw new LuaErrorException($"Found too many nested data structures ({depth}) at character {at}");
    }

    private void Object()
    {
        Descend(3);
        lua.NewTable();
        Next();
        while (token != Token.ObjectEnd)
        {
            if (token != Token.Text)
                throw Expected("object key string");
            lua.Push(text);
            Next();
            if (token != Token.Colon)
                throw Expected("colon");
            Next();
            Value();
            lua.Set(-3);
            Next();
            if (token == Token.ObjectEnd)
                break;
            if (token != Token.Comma)
                throw Expected("comma or object end");
            Next();
            if (token == Token.ObjectEnd)
                throw Expected("object key string");
        }

        depth--;
    }

    private void Array()
    {
        Descend(2);
        lua.NewTable();
        Next();
        for (var i = 1; token != Token.ArrayEnd; i++)
        {
            Value();
            lua.SetAt(-2, i);
            Next();
            if (token == Token.ArrayEnd)
                break;
            if (token != Token.Comma)
                throw Expected("comma or array end");
            Next();
            if (token == Token.ArrayEnd)
                throw Expected("value");
        }

        depth--;
    }

    private void Next()
    {
        while (Peek() is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
            at++;
        tokenAt = at;
        var c = Peek();
        switch (c)
        {
            case 0:
                token = Token.End;
                return;
            case (byte)'"':
                at++;
                Text();
                return;
            case (byte)'{' or (byte)'}' or (byte)'[' or (byte)']' or (byte)':' or (byte)',':
                at++;
                token = c switch
                {
                    (byte)'{' => Token.ObjectBegin,
                    (byte)'}' => Token.ObjectEnd,
                    (byte)'[' => Token.ArrayBegin,
                    (byte)']' => Token.ArrayEnd,
                    (byte)':' => Token.Colon,
                    _ => Token.Comma,
                };
                return;
            case (byte)'t' when Word("true"u8, Token.True):
            case (byte)'f' when Word("false"u8, Token.False):
            case (byte)'n' when Word("null"u8, Token.Null):
                return;
            case (byte)'-' or (byte)'+' or (>= (byte)'0' and <= (byte)'9') or (byte)'i' or (byte)'I' or (byte)'n' or (byte)'N':
                Number();
                return;
            default:
                Fail("invalid token");
                return;
        }
    }

    private bool Word(ReadOnlySpan<byte> word, Token kind)
    {
        if (!data[at..].StartsWith(word))
            return false;
        at += word.Length;
        token = kind;
        return true;
    }

    private void Fail(string reason)
    {
        token = Token.Error;
        tokenAt = at;
        problem = reason;
    }

    private void Number()
    {
        var isPlain = Peek() == (byte)'-' || char.IsAsciiDigit((char)Peek());
        if (!isPlain && (!settings.DecodesInvalid || !IsInvalidNumber()))
        {
            Fail("invalid token");
            return;
        }

        if (isPlain && !settings.DecodesInvalid && IsInvalidNumber())
        {
            Fail("invalid number");
            return;
        }

        var length = NumberLength();
        if (length == 0)
        {
            Fail("invalid number");
            return;
        }

        var span = data.Slice(at, length);
        if (!double.TryParse(span, NumberStyles.Float, CultureInfo.InvariantCulture, out number) || span.ContainsAnyExcept(Decimal))
            number = LuaNumber.TryParse(Encoding.Latin1.GetString(span).TrimStart('+'), out var other) ? other : 0;
        if (double.IsNaN(number))
            number = BitConverter.UInt64BitsToDouble(Peek() == (byte)'-' ? 0xFFF8_0000_0000_0000 : 0x7FF8_0000_0000_0000);
        at += length;
        token = Token.Number;
    }

    // What JSON does not have: a plus sign, leading zeros, hexadecimal, inf and nan.
    private readonly bool IsInvalidNumber()
    {
        if (Peek() == (byte)'+')
            return true;
        var offset = Peek() == (byte)'-' ? 1 : 0;
        if (Peek(offset) == (byte)'0')
            return (Peek(offset + 1) | 0x20) == 'x' || char.IsAsciiDigit((char)Peek(offset + 1));
        if (Peek(offset) <= (byte)'9')
            return false;
        return StartsWithLetters(offset, "inf") || StartsWithLetters(offset, "nan");
    }

    private readonly bool StartsWithLetters(int offset, string word)
    {
        for (var i = 0; i < word.Length; i++)
        {
            if ((Peek(offset + i) | 0x20) != word[i])
                return false;
        }

        return true;
    }

    // As far as C's strtod reads.
    private readonly int NumberLength()
    {
        var i = Peek() is (byte)'-' or (byte)'+' ? 1 : 0;
        if (StartsWithLetters(i, "infinity"))
            return i + 8;
        if (StartsWithLetters(i, "inf") || StartsWithLetters(i, "nan"))
            return i + 3;
        var isHex = Peek(i) == (byte)'0' && (Peek(i + 1) | 0x20) == 'x' && char.IsAsciiHexDigit((char)Peek(i + 2));
        if (isHex)
            i += 2;
        var digits = 0;
        var hasPoint = false;
        for (; ; i++)
        {
            var c = (char)Peek(i);
            if (isHex ? char.IsAsciiHexDigit(c) : char.IsAsciiDigit(c))
                digits++;
            else if (c == '.' && !hasPoint)
                hasPoint = true;
            else
                break;
        }

        if (digits == 0)
            return 0;
        if ((Peek(i) | 0x20) != (isHex ? 'p' : 'e'))
            return i;
        var sign = Peek(i + 1) is (byte)'-' or (byte)'+' ? 1 : 0;
        if (!char.IsAsciiDigit((char)Peek(i + 1 + sign)))
            return i;
        for (i += 1 + sign; char.IsAsciiDigit((char)Peek(i));)
            i++;
        return i;
    }

    private void Text()
    {
        var plain = data[at..].IndexOfAny((byte)'"', (byte)'\\', (byte)0);
        if (plain >= 0 && data[at + plain] == (byte)'"')
        {
            text = data.Slice(at, plain);
            at += plain + 1;
            token = Token.Text;
            return;
        }

        TextWithEscapes();
    }

    private void TextWithEscapes()
    {
        var start = scratch.Length;
        while (true)
        {
            var c = Peek();
            if (c == (byte)'"')
                break;
            if (c == 0)
            {
                Fail("unexpected end of string");
                return;
            }

            if (c != (byte)'\\')
            {
                scratch.Append(c);
                at++;
                continue;
            }

            if (!Escape())
                return;
        }

        at++;
        text = scratch.Bytes[start..];
        token = Token.Text;
    }

    private bool Escape()
    {
        var c = Peek(1);
        if (c == (byte)'u')
            return UnicodeEscape();
        var index = "\"\\/btnfr"u8.IndexOf(c);
        if (index < 0 || c == 0)
        {
            Fail("invalid escape code");
            return false;
        }

        scratch.Append("\"\\/\b\t\n\f\r"u8[index]);
        at += 2;
        return true;
    }

    private bool UnicodeEscape()
    {
        var code = Hex4(2);
        var used = 6;
        if ((code & 0xF800) == 0xD800)
        {
            // Two halves, the high one first.
            var low = Peek(6) == (byte)'\\' && Peek(7) == (byte)'u' ? Hex4(8) : -1;
            code = (code & 0x400) != 0 || (low & 0xFC00) != 0xDC00 || low < 0 ? -1 : 0x10000 + ((code & 0x3FF) << 10) + (low & 0x3FF);
            used = 12;
        }

        if (code < 0)
        {
            Fail("invalid unicode escape code");
            return false;
        }

        Span<byte> utf8 = stackalloc byte[4];
        scratch.Append(utf8[..new Rune(code).EncodeToUtf8(utf8)]);
        at += used;
        return true;
    }

    private readonly int Hex4(int offset)
    {
        var value = 0;
        for (var i = 0; i < 4; i++)
        {
            var c = (char)Peek(offset + i);
            if (!char.IsAsciiHexDigit(c))
                return -1;
            value = (value * 16) + (char.IsAsciiDigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
        }

        return value;
    }

    private readonly LuaErrorException Expected(string what)
    {
        var found = token switch
        {
            Token.Error => problem,
            Token.End => "T_END",
            Token.ObjectBegin => "T_OBJ_BEGIN",
            Token.ObjectEnd => "T_OBJ_END",
            Token.ArrayBegin => "T_ARR_BEGIN",
            Token.ArrayEnd => "T_ARR_END",
            Token.Text => "T_STRING",
            Token.Number => "T_NUMBER",
            Token.True or Token.False => "T_BOOLEAN",
            Token.Null => "T_NULL",
            Token.Colon => "T_COLON",
            _ => "T_COMMA",
        };
        return new LuaErrorException($"Expected {what} but found {found} at character {tokenAt + 1}");
    }
}
