using System.Text.Json;

namespace RespKv.Migrate;

/// <summary>
/// How far a copy has come, in a file: the cursor of SCAN in each database. It is written after what it tells of has been copied, so that a run that was ended anywhere goes on where it was and
/// copies a few keys twice at most.
/// </summary>
internal sealed class CopyState
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>What is copied where; a file of another copy is not gone on with.</summary>
    public string Copy { get; set; } = "";

    /// <summary>The run of the source whose cursors these are.</summary>
    public string SourceRun { get; set; } = "";

    public Dictionary<string, SpaceState> Spaces { get; set; } = [];

    /// <summary>Of one database.</summary>
    internal sealed class SpaceState
    {
        public string Cursor { get; set; } = "0";

        public bool IsDone { get; set; }

        public Tally Tally { get; set; } = new();
    }

    /// <summary>Reads a file; a new state when there is none.</summary>
    /// <exception cref="MigrationFaultException">It is of another copy, or not readable.</exception>
    public static CopyState Load(string file, string copy)
    {
        if (!File.Exists(file))
            return new CopyState { Copy = copy };
        try
        {
            var state = JsonSerializer.Deserialize<CopyState>(File.ReadAllText(file)) ?? throw new JsonException("it is empty");
            return state.Copy == copy ? state : throw new MigrationFaultException($"{file} is the state of another copy ({state.Copy}); remove it, or name another by --state");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new MigrationFaultException($"cannot read the state {file}: {error.Message}");
        }
    }

    public SpaceState Of(Space space)
    {
        if (!Spaces.TryGetValue(space.Name, out var state))
            Spaces[space.Name] = state = new SpaceState();
        return state;
    }

    /// <summary>Replaces the file in one step.</summary>
    public void Save(string file)
    {
        var next = file + ".next";
        File.WriteAllText(next, JsonSerializer.Serialize(this, Indented));
        File.Move(next, file, overwrite: true);
    }
}
