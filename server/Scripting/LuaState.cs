using System.Text;

namespace RespKv.Server.Scripting;

/// <summary>
/// A Lua thread as code on this side handles it: values are on its stack, by index from 1, or from the top below 0. Only what cannot raise an error is
/// here, since an error's jump must not pass over managed frames (see <see cref="LuaErrors"/>).
/// </summary>
internal readonly unsafe struct LuaState(nint pointer)
{
    public nint Pointer { get; } = pointer;

    /// <summary>Values on the stack.</summary>
    public int Top => LuaApi.GetTop(Pointer);

    public LuaType TypeOf(int index) => LuaApi.TypeOf(Pointer, index);

    public bool IsNil(int index) => TypeOf(index) <= LuaType.Nil;

    public bool IsTable(int index) => TypeOf(index) == LuaType.Table;

    public bool IsText(int index) => TypeOf(index) == LuaType.Text;

    public bool IsTextOrNumber(int index) => TypeOf(index) is LuaType.Text or LuaType.Number;

    public bool ToBoolean(int index) => LuaApi.ToBoolean(Pointer, index) != 0;

    /// <summary>The number, or what a string reads as; 0 for all else.</summary>
    public double ToNumber(int index) => LuaApi.ToNumber(Pointer, index, null);

    public bool TryGetNumber(int index, out double value)
    {
        int isNumber;
        value = LuaApi.ToNumber(Pointer, index, &isNumber);
        return isNumber != 0;
    }

    /// <summary>The bytes of a string; valid as long as it is on the stack.</summary>
    public ReadOnlySpan<byte> Text(int index)
    {
        nuint length;
        var text = LuaApi.TextOf(Pointer, index, &length);
        return new ReadOnlySpan<byte>(text, checked((int)length));
    }

    /// <summary>A string's bytes as characters of the same numbers; null when it is none.</summary>
    public string? Latin(int index) => IsText(index) ? Encoding.Latin1.GetString(Text(index)) : null;

    public bool HasRoom(int slots) => LuaApi.CheckStack(Pointer, slots) != 0;

    public void SetTop(int index) => LuaApi.SetTop(Pointer, index);

    public void Pop(int count = 1) => LuaApi.SetTop(Pointer, -count - 1);

    /// <summary>Moves the value on top down to a place, and what was there up.</summary>
    public void Insert(int index) => LuaApi.Rotate(Pointer, index, 1);

    public void Remove(int index)
    {
        LuaApi.Rotate(Pointer, index, -1);
        Pop();
    }

    public void PushValue(int index) => LuaApi.PushValue(Pointer, index);

    public void PushNil() => LuaApi.PushNil(Pointer);

    public void Push(bool value) => LuaApi.PushBoolean(Pointer, value ? 1 : 0);

    public void Push(double value) => LuaApi.PushNumber(Pointer, value);

    public void PushInteger(long value) => LuaApi.PushInteger(Pointer, value);

    public void Push(ReadOnlySpan<byte> text)
    {
        fixed (byte* start = text)
            LuaApi.PushText(Pointer, start, (nuint)text.Length);
    }

    /// <summary>Pushes text whose characters are bytes.</summary>
    public void Push(string latin)
    {
        if (latin.Length > 512)
        {
            Push(Encoding.Latin1.GetBytes(latin));
            return;
        }

        Span<byte> bytes = stackalloc byte[latin.Length];
        Encoding.Latin1.GetBytes(latin, bytes);
        Push(bytes);
    }

    public void PushFunction(delegate* unmanaged[Cdecl]<nint, int> function) => LuaApi.PushFunction(Pointer, (nint)function, 0);

    public void NewTable(int items = 0, int fields = 0) => LuaApi.CreateTable(Pointer, items, fields);

    /// <summary>Pushes a field of a table, past its metatable.</summary>
    public LuaType GetField(int table, ReadOnlySpan<byte> name)
    {
        table = Absolute(table);
        Push(name);
        return LuaApi.RawGet(Pointer, table);
    }

    /// <summary>Takes the value on top as a field of a table, past its metatable.</summary>
    public void SetField(int table, ReadOnlySpan<byte> name)
    {
        table = Absolute(table);
        Push(name);
        Insert(-2);
        LuaApi.RawSet(Pointer, table);
    }

    public LuaType GetAt(int table, long index) => LuaApi.RawGetAt(Pointer, table, index);

    public void SetAt(int table, long index) => LuaApi.RawSetAt(Pointer, table, index);

    /// <summary>Takes value and, below it, key from the top.</summary>
    public void Set(int table) => LuaApi.RawSet(Pointer, table);

    /// <summary>Takes a key from the top and pushes the next one and its value; false at the end.</summary>
    public bool Next(int table) => LuaApi.Next(Pointer, table) != 0;

    public int Absolute(int index) => index is > 0 or <= LuaApi.RegistryIndex ? index : Top + index + 1;

    /// <summary>Pushes what is kept under a reference.</summary>
    public void PushKept(int reference) => LuaApi.RawGetAt(Pointer, LuaApi.RegistryIndex, reference);

    /// <summary>Keeps the value on top, and takes it from there.</summary>
    public int Keep() => LuaApi.Reference(Pointer, LuaApi.RegistryIndex);
}
