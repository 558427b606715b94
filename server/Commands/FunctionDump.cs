using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>All libraries as FUNCTION DUMP hands them out: for each the byte that marks one in an RDB file, and its source as a string.</summary>
internal static class FunctionDump
{
    private const byte LibraryMark = 245;
    private const byte LibraryMarkBefore = 246;

    public static byte[] Of(IReadOnlyCollection<FunctionLibrary> libraries)
    {
        using var body = new MemoryStream();
        var packer = new LzfPacker();
        foreach (var library in libraries)
        {
            var buffer = new byte[RdbString.OverheadMax + library.Code.Length];
            body.WriteByte(LibraryMark);
            body.Write(buffer.AsSpan(RdbString.Write(library.Code, buffer, packer)));
        }

        return DumpPayload.Sealed(body.ToArray());
    }

    /// <summary>The sources in a payload.</summary>
    /// <exception cref="ScriptFaultException">The payload is damaged, or holds something else.</exception>
    public static List<byte[]> Read(ReadOnlySpan<byte> payload)
    {
        if (!DumpPayload.IsIntact(payload))
            throw new ScriptFaultException("DUMP payload version or checksum are wrong");
        var rest = DumpPayload.BodyOf(payload);
        var codes = new List<byte[]>();
        while (!rest.IsEmpty)
        {
            if (rest[0] == LibraryMarkBefore)
                throw new ScriptFaultException("Pre-GA function format not supported");
            if (rest[0] != LibraryMark)
                throw new ScriptFaultException("given type is not a function");
            rest = rest[1..];
            if (!RdbString.TryTake(ref rest, out var code))
                throw new ScriptFaultException("failed loading the given functions payload");
            codes.Add(code.ToArray());
        }

        return codes;
    }
}
