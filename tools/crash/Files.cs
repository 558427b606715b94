namespace RespKv.Crash;

/// <summary>Folders as wholes.</summary>
internal static class Files
{
    /// <summary>Copies a folder with all that is in it; the target is made. A source that is not there is empty.</summary>
    public static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        if (!Directory.Exists(source))
            return;
        foreach (var folder in Directory.EnumerateDirectories(source, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(Path.Combine(target, Path.GetRelativePath(source, folder)));
        foreach (var file in Names(source))
            File.Copy(Path.Combine(source, file), Path.Combine(target, file));
    }

    /// <summary>Paths of all files, from the folder on, in order.</summary>
    public static List<string> Names(string folder) =>
        Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)]
            : [];
}
