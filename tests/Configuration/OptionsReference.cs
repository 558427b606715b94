using System.Text;
using RespKv.Server.Configuration;

namespace RespKv.Tests.Configuration;

/// <summary>Renders docs/options.md from the parameters.</summary>
internal static class OptionsReference
{
    public static string Render()
    {
        var text = new StringBuilder();
        text.Append(
            """
            # Options

            Generated from the parameters in `server/Configuration`; a test fails when it is out of date, and `RESPKV_WRITE_DOCS=1 dotnet test tests` writes it anew.

            An option has one name in all the places where it can be given. What comes first here goes before what comes after:

            1. `CONFIG SET maxmemory 100mb`, while the server runs; `CONFIG REWRITE` puts it into the file. Those marked *fixed* are given at the start alone.
            2. The command line: `respkv --maxmemory 100mb`. Of a value that is given twice the last counts.
            3. The environment: `RESPKV_MAXMEMORY=100mb`; capitals, and `_` for `-`.
            4. A file, the first argument of the command line, `respkv /etc/respkv.conf`: a directive and its value on each line, as in a `redis.conf`. `#` begins a comment line;
               a value with blanks is quoted, `"..."` with `\n`, `\xHH` and the like or `'...'`; `include other.conf` reads another file, or with `*` several, relative to this one.
            5. The default.

            Sizes are bytes, or a number with a unit: `k`, `m`, `g` for powers of 1000, `kb`, `mb`, `gb` for powers of 1024.

            | Option | What it does | Default |
            |---|---|---|

            """);
        foreach (var parameter in ParameterTable.Effective)
            text.Append($"| `{parameter.Name}` | {parameter.Summary}{Note(parameter)} | {Default(parameter)} |\n");
        text.Append(
            """

            ## Accepted and without effect

            Tools and frameworks read and set Redis's other parameters, so RespKv knows them: `CONFIG SET` takes what Redis takes, and `CONFIG GET` gives it back. They change nothing,
            and a start that is given one says so in a warning.


            """);
        text.AppendJoin(", ", RememberedParameters.All.Select(parameter => $"`{parameter.Name}`")).Append(".\n\n");
        text.Append("`rename-command` in a configuration file gives a command another name, or, with `\"\"`, none, as in Redis; rules of users, `COMMAND` and the figures go by its own name.\n\n");
        text.Append("Directives of a `redis.conf` that are no parameters are passed over with the same warning: ");
        text.AppendJoin(", ", RememberedParameters.Directives.Select(name => $"`{name}`"));
        text.Append(". So is one that Redis does not have; the warning then names its line.\n");
        return text.ToString();
    }

    private static string Note(Parameter parameter) => parameter.IsImmutable || parameter.IsProtected ? " (*fixed*)" : "";

    private static string Default(Parameter parameter) =>
        parameter.DefaultMeaning ?? (parameter.Default.Length == 0 ? "none" : $"`{parameter.Default}`");
}
