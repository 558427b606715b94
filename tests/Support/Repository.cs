namespace RespKv.Tests.Support;

/// <summary>Files of the repository that the build does not copy beside the tests.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution, above the one that the tests run from.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The path of a file or folder, from its names below the root.</summary>
    public static string PathOf(params string[] names) => Path.Combine([Root, .. names]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "RespKv.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("RespKv.sln is in none of the folders above " + AppContext.BaseDirectory);
        return folder.FullName;
    }
}
