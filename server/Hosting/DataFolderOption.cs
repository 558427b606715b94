using System.CommandLine;
using RespKv.Server.Storage.Durability;

namespace RespKv.Server.Hosting;

/// <summary>The data folder that a command is about, and what all of them do where it cannot be used.</summary>
internal static class DataFolderOption
{
    private const string DefaultName = "respkv-data";

    /// <summary>A new <c>--dir</c>.</summary>
    public static Option<string> Create() => new("--dir")
    {
        Description = "the data folder; by default RESPKV_DIR, else respkv-data in the folder it is started in",
        HelpName = "folder",
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("RESPKV_DIR") is { Length: > 0 } given ? given : DefaultName,
    };

    /// <summary>Runs what is to be done; where the folder cannot be used, one line says why and the exit code is <paramref name="faultCode"/>.</summary>
    public static int Run(int faultCode, Func<int> action)
    {
        try
        {
            return action();
        }
        catch (Exception error) when (error is DataFaultException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine("respkv: " + error.Message.ReplaceLineEndings(" "));
            return faultCode;
        }
    }
}
