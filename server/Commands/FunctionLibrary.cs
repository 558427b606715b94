namespace RespKv.Server.Commands;

/// <summary>A library that FUNCTION LOAD has brought.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Code">Its source, first line included.</param>
/// <param name="Functions">What it has registered.</param>
internal sealed record FunctionLibrary(string Name, byte[] Code, IReadOnlyList<LibraryFunction> Functions);

/// <summary>A function of a library.</summary>
/// <param name="Script">What runs it.</param>
/// <param name="Description">What it says of itself; null for nothing.</param>
internal sealed record LibraryFunction(Script Script, string? Description)
{
    public string Name => Script.Name;
}
