using System.Text.RegularExpressions;
using RespKv.Tests.Support;

namespace RespKv.Tests;

/// <summary>Arrows between the layers point down only: read from the sources themselves, so that a wrong <c>using</c> fails here with its file.</summary>
public sealed partial class ArchitectureTests
{
    [Theory]
    [InlineData("protocol", "Protocol")]
    [InlineData("server/Telemetry", "Telemetry")]
    [InlineData("server/Storage", "Storage")]
    [InlineData("server/Kv", "Kv Storage")]
    [InlineData("server/Scripting", "Scripting Protocol")]
    [InlineData("server/Access", "Access Kv Protocol")]
    [InlineData("server/Commands", "Commands Access Kv Scripting Storage Protocol Telemetry")]
    [InlineData("server/Net", "Net Commands Storage Protocol Telemetry")]
    [InlineData("server/Http", "Http Access Kv Telemetry")]
    [InlineData("server/Metrics", "Metrics Commands Http")]
    [InlineData("server/Configuration", "Configuration Commands Http Kv Storage Protocol")]
    [InlineData("server/Hosting", "Hosting Configuration Commands Protocol Telemetry Storage")]
    public void A_layer_knows_only_those_below_it(string folder, string known) =>
        Assert.Empty(SourcesIn(folder).SelectMany(NamesIn).Where(use => !known.Split(' ').Contains(use.Layer)).Select(use => $"{use.File} names {use.Layer}"));

    [Theory]
    [InlineData("FASTER", "server/Storage")]
    [InlineData("Pipelines.Sockets.Unofficial", "server/Net")]
    [InlineData("System.CommandLine", "server/Hosting server/Program.cs")]
    [InlineData("Microsoft.AspNetCore", "server/Http")]
    [InlineData("Prometheus", "server/Metrics")]
    public void A_package_is_known_in_one_layer(string package, string folders) =>
        Assert.Empty(SourcesIn("server").Concat(SourcesIn("protocol"))
            .Where(file => File.ReadAllText(file).Contains("using " + package, StringComparison.Ordinal) && !folders.Split(' ').Any(folder => IsIn(file, folder)))
            .Select(Short));

    [Fact]
    public void Every_folder_of_the_server_is_a_layer() => Assert.Equal(
        ["Access", "Commands", "Configuration", "Hosting", "Http", "Kv", "Metrics", "Net", "Scripting", "Storage", "Telemetry"],
        SourcesIn("server").Select(file => Short(file).Split('/')).Where(parts => parts.Length > 2).Select(parts => parts[1]).Distinct().Order(StringComparer.Ordinal));

    private static IEnumerable<(string File, string Layer)> NamesIn(string file) =>
        LayerPattern().Matches(File.ReadAllText(file)).Select(match => (Short(file), match.Groups["layer"].Value)).Distinct();

    private static IEnumerable<string> SourcesIn(string folder) =>
        Directory.GetFiles(Repository.PathOf(folder), "*.cs", SearchOption.AllDirectories).Where(file => !Short(file).Contains("/obj/", StringComparison.Ordinal) && !Short(file).Contains("/bin/", StringComparison.Ordinal));

    private static bool IsIn(string file, string folder) => Short(file).StartsWith(folder, StringComparison.Ordinal);

    private static string Short(string file) => Path.GetRelativePath(Repository.PathOf(), file).Replace('\\', '/');

    // The layers are namespaces: RespKv.Protocol and RespKv.Server.Kv, in usings and in full names; from within RespKv.Server also Storage.Faster.
    [GeneratedRegex(@"\b(?:RespKv\.(?:Server\.)?(?<layer>Access|Protocol|Commands|Configuration|Hosting|Http|Kv|Metrics|Net|Scripting|Storage|Telemetry)\b|(?<![\w.])(?<layer>Storage)\.Faster\b)")]
    private static partial Regex LayerPattern();
}
