using System.Globalization;
using RespKv.Protocol;

namespace RespKv.Crash;

/// <summary>What damaged folders have shown.</summary>
/// <param name="Refused">Starts refused, with file and place named.</param>
/// <param name="Harmless">Starts after which all data were right.</param>
/// <param name="InRecords">Faults that were inside records.</param>
/// <param name="Faults">What was wrong; nothing, if all is well.</param>
internal sealed record DamageResult(int Refused, int Harmless, int InRecords, List<string> Faults);

/// <summary>A start on a folder: why it was refused, or what the databases hold.</summary>
internal delegate Task<(string? Refusal, Dictionary<string, Entry>[]? Data)> StartOnFolder(string folder);

/// <summary>Faults in a folder, one at a time: the start must be refused with the file and the place, or the data must be right.</summary>
internal static class DamageRounds
{
    /// <summary>Databases that hold something in a folder of <see cref="MakeFolderAsync"/>.</summary>
    private const int Databases = 3;

    private const int Keys = 40;
    private const int LargeBytes = 300_000;

    /// <summary>Makes a small folder that has everything: segments of several runs, two checkpoints, large values, deletions, namespaces, units; ended in order.</summary>
    public static async Task MakeFolderAsync(string folder)
    {
        for (var run = 0; run < 3; run++)
        {
            var server = await ServerRun.StartAsync(folder).ConfigureAwait(false);
            await using (server.ConfigureAwait(false))
            {
                await using var client = await server.ConnectAsync().ConfigureAwait(false);
                await WriteAsync(client, run).ConfigureAwait(false);
                if (run < 2)
                    await ServerState.ExpectAsync(client, "OK", "SAVE").ConfigureAwait(false);
                await WriteAsync(client, run + 10).ConfigureAwait(false);
                await server.StopAsync().ConfigureAwait(false);
            }
        }
    }

    /// <param name="folder">The folder, which is left as it is.</param>
    /// <param name="work">An empty folder to work in.</param>
    /// <param name="count">Faults.</param>
    /// <param name="seed">Of which.</param>
    /// <param name="start">Starts a server on a folder, reads it, and ends it.</param>
    /// <param name="progress">Told of each fault.</param>
    public static async Task<DamageResult> RunAsync(string folder, string work, int count, int seed, StartOnFolder start, Action<string> progress)
    {
        var whole = Path.Combine(work, "whole");
        Files.Copy(folder, whole);
        var (refusal, expected) = await start(whole).ConfigureAwait(false);
        if (expected == null)
            return new DamageResult(0, 0, 0, ["without damage: " + refusal]);
        var (refused, harmless, faults) = (0, 0, new List<string>());
        var all = new DamageSource(folder).Choose(new Random(seed), count);
        foreach (var damage in all)
        {
            var copy = Path.Combine(work, "damaged");
            Files.Copy(folder, copy);
            damage.ApplyTo(copy);
            var (why, data) = await start(copy).ConfigureAwait(false);
            Directory.Delete(copy, recursive: true);
            var fault = data == null ? FaultOfRefusal(damage, why!) : FaultOfData(expected, data);
            if (fault != null)
                faults.Add($"{damage}: {fault}");
            else if (data == null)
                refused++;
            else
                harmless++;
            progress($"{damage}: {fault ?? why ?? "harmless"}");
        }

        Directory.Delete(whole, recursive: true);
        return new DamageResult(refused, harmless, all.Count(damage => damage.IsInRecord), faults);
    }

    /// <summary>Starts the real server on a folder, reads it, and kills it.</summary>
    public static async Task<(string? Refusal, Dictionary<string, Entry>[]? Data)> StartProcessAsync(string folder)
    {
        await using var server = ServerRun.Begin(folder);
        if (!await server.UntilReadyAsync().ConfigureAwait(false))
            return ((server.HasExited ? $"exit {server.ExitCode}: " : "does not end: ") + server.Output, null);
        await using var client = await server.ConnectAsync().ConfigureAwait(false);
        return (null, await ReadAsync(client).ConfigureAwait(false));
    }

    /// <summary>What the databases hold.</summary>
    public static async Task<Dictionary<string, Entry>[]> ReadAsync(RespClient client)
    {
        var data = new Dictionary<string, Entry>[Databases];
        for (var i = 0; i < Databases; i++)
            data[i] = await ServerState.ReadAsync(client, i).ConfigureAwait(false);
        return data;
    }

    private static async Task WriteAsync(RespClient client, int part)
    {
        for (var database = 0; database < Databases; database++)
        {
            await ServerState.ExpectAsync(client, "OK", "SELECT", database).ConfigureAwait(false);
            for (var i = 0; i < Keys; i++)
            {
                var key = string.Create(CultureInfo.InvariantCulture, $"key:{i}");
                await client.ExecuteAsync("APPEND", key, string.Create(CultureInfo.InvariantCulture, $"<{part}>")).ConfigureAwait(false);
                await client.ExecuteAsync("SET", string.Create(CultureInfo.InvariantCulture, $"of:{part}:{i}"), new string('x', i * 3)).ConfigureAwait(false);
            }

            await client.ExecuteAsync("SETEX", "expiring", 100_000 + part, "later").ConfigureAwait(false);
            await client.ExecuteAsync("KV.PUT", "described", "value", "META", $"{{\"part\":{part}}}").ConfigureAwait(false);
            await client.ExecuteAsync("MSET", "first", part, "second", part).ConfigureAwait(false);
            await client.ExecuteAsync("DEL", "key:3", "key:4").ConfigureAwait(false);
        }

        await client.ExecuteAsync("SET", $"large:{part % 10}", new string((char)('a' + part), LargeBytes + part)).ConfigureAwait(false);
        await client.ExecuteAsync("SWAPDB", 0, 1).ConfigureAwait(false);
        if (part == 1)
            await client.ExecuteAsync("FLUSHDB").ConfigureAwait(false);
    }

    private static string? FaultOfRefusal(Damage damage, string why)
    {
        if (why.StartsWith("exit 0", StringComparison.Ordinal) || why.StartsWith("does not end", StringComparison.Ordinal))
            return why;
        return why.Contains(Path.GetFileName(damage.File), StringComparison.Ordinal) && (why.Contains("offset", StringComparison.Ordinal) || why.Contains("position", StringComparison.Ordinal))
            ? null
            : "the refusal does not name the file and the place: " + why;
    }

    private static string? FaultOfData(Dictionary<string, Entry>[] expected, Dictionary<string, Entry>[] data)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            foreach (var (key, entry) in expected[i])
            {
                if (!data[i].TryGetValue(key, out var there) || !entry.Value.AsSpan().SequenceEqual(there.Value) || entry.Metadata != there.Metadata || entry.ExpiryFromMs != there.ExpiryFromMs)
                    return $"{key} of database {i} is {there?.ToString() ?? "missing"} instead of {entry}";
            }

            if (data[i].Keys.FirstOrDefault(key => !expected[i].ContainsKey(key)) is { } extra)
                return $"{extra} of database {i} should not be there";
        }

        return null;
    }
}
