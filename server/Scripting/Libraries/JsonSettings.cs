namespace RespKv.Server.Scripting.Libraries;

/// <summary>What <c>cjson.encode_*</c> and <c>decode_*</c> set: without an argument they tell, with one they set and tell.</summary>
internal sealed class JsonSettings
{
    private bool keepsBuffer = true;

    public bool ConvertsSparse { get; private set; }

    public int SparseRatio { get; private set; } = 2;

    public int SparseSafe { get; private set; } = 10;

    public int EncodeDepthMax { get; private set; } = 1000;

    public int DecodeDepthMax { get; private set; } = 1000;

    public int Precision { get; private set; } = 14;

    /// <summary>0 for an error, 1 for what C prints, 2 for null.</summary>
    public int InvalidNumbers { get; private set; }

    public bool DecodesInvalid { get; private set; } = true;

    public int SparseArray(LuaState lua)
    {
        const string name = "encode_sparse_array";
        CheckCount(lua, 3);
        if (!lua.IsNil(1))
            ConvertsSparse = Flag(lua, 1, name);
        if (!lua.IsNil(2))
            SparseRatio = Integer(lua, 2, name, 0, int.MaxValue);
        if (!lua.IsNil(3))
            SparseSafe = Integer(lua, 3, name, 0, int.MaxValue);
        lua.Push(ConvertsSparse);
        lua.Push((double)SparseRatio);
        lua.Push((double)SparseSafe);
        return 3;
    }

    public int EncodeDepth(LuaState lua)
    {
        CheckCount(lua, 1);
        if (!lua.IsNil(1))
            EncodeDepthMax = Integer(lua, 1, "encode_max_depth", 1, int.MaxValue);
        lua.Push((double)EncodeDepthMax);
        return 1;
    }

    public int DecodeDepth(LuaState lua)
    {
        CheckCount(lua, 1);
        if (!lua.IsNil(1))
            DecodeDepthMax = Integer(lua, 1, "decode_max_depth", 1, int.MaxValue);
        lua.Push((double)DecodeDepthMax);
        return 1;
    }

    public int NumberPrecision(LuaState lua)
    {
        CheckCount(lua, 1);
        if (!lua.IsNil(1))
            Precision = Integer(lua, 1, "encode_number_precision", 1, 14);
        lua.Push((double)Precision);
        return 1;
    }

    public int KeepBuffer(LuaState lua)
    {
        CheckCount(lua, 1);
        if (!lua.IsNil(1))
            keepsBuffer = Flag(lua, 1, "encode_keep_buffer");
        lua.Push(keepsBuffer);
        return 1;
    }

    public int EncodeInvalidNumbers(LuaState lua)
    {
        CheckCount(lua, 1);
        if (!lua.IsNil(1))
            InvalidNumbers = lua.IsText(1) && lua.Text(1).SequenceEqual("null"u8) ? 2 : Flag(lua, 1, "encode_invalid_numbers") ? 1 : 0;
        if (InvalidNumbers == 2)
            lua.Push("null"u8);
        else
            lua.Push(InvalidNumbers == 1);
        return 1;
    }

    public int DecodeInvalidNumbers(LuaState lua)
    {
        CheckCount(lua, 1);
        if (!lua.IsNil(1))
            DecodesInvalid = Flag(lua, 1, "decode_invalid_numbers");
        lua.Push(DecodesInvalid);
        return 1;
    }

    private static void CheckCount(LuaState lua, int most)
    {
        if (lua.Top > most)
            throw LuaErrorException.Argument(most + 1, "?", "found too many arguments");
    }

    private static int Integer(LuaState lua, int index, string name, int least, int most)
    {
        var value = lua.Int32(index, name);
        return value >= least && value <= most ? value : throw LuaErrorException.Argument(index, name, $"expected integer between {least} and {most}");
    }

    // "on" and "off" are the older way.
    private static bool Flag(LuaState lua, int index, string name) => lua.TypeOf(index) switch
    {
        LuaType.Boolean => lua.ToBoolean(index),
        LuaType.Text when lua.Text(index).SequenceEqual("on"u8) => true,
        LuaType.Text when lua.Text(index).SequenceEqual("off"u8) => false,
        LuaType.Text => throw LuaErrorException.Argument(index, name, $"invalid option '{lua.Latin(index)}'"),
        _ => throw LuaErrorException.WrongType(lua, index, name, "string"),
    };
}
