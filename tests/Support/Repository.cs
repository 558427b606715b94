namespace RespKv.Tests.Support;

/// <summary>The working copy that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>Set to 1 to have generated pages of documentation written instead of compared.</summary>
    private const string WriteVariable = "RESPKV_WRITE_DOCS";

    private static string Root { get; } = FindRoot();

    /// <summary>The full path of a file or folder in it.</summary>
    public static string PathOf(params string[] names) => Path.Combine([Root, .. names]);

    /// <summary>Fails when a page is not what its source gives.</summary>
    public static void AssertPage(string name, string rendered)
    {
        var path = PathOf("docs", name);
        if (Environment.GetEnvironmentVariable(WriteVariable) == "1")
            File.WriteAllText(path, rendered);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == rendered, $"docs/{name} is out of date: {WriteVariable}=1 dotnet test tests writes it anew.");
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "RespKv.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }
}
