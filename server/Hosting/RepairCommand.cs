using System.CommandLine;
using RespKv.Server.Storage.Durability;
using RespKv.Server.Storage.Upkeep;

namespace RespKv.Server.Hosting;

/// <summary><c>respkv repair</c>: says what would have to go for a server to start on a damaged folder, and does it when told to.</summary>
internal static class RepairCommand
{
    private static readonly Option<string> Folder = DataFolderOption.Create();

    private static readonly Option<bool> Yes = new("--yes") { Description = "do it; else it is only said" };

    public static Command Create()
    {
        var command = new Command("repair", "Tell what would be lost by making a damaged data folder one that a server starts on, and with --yes do so. What is taken away is kept in a subfolder.") { Folder, Yes };
        command.SetAction(line => DataFolderOption.Run(1, () => Repair(line.GetValue(Folder)!, line.GetValue(Yes))));
        return command;
    }

    /// <summary>What a repair would do, in lines.</summary>
    public static IEnumerable<string> StepsFor(FolderSurvey survey)
    {
        var headers = LostHeader.In(survey);
        return headers.Count == 0
            ? RepairPlan.For(survey).Describe()
            : headers.Select(header => $"write the header of {header.Path} anew from what its name and its frames tell: nothing is lost by that").Append("then look again at the rest");
    }

    private static int Repair(string path, bool isToBeDone)
    {
        // Look first: opening for writing would make the folder.
        DataFolder.OpenToRead(path).Dispose();
        using var folder = DataFolder.Open(path);
        var survey = FolderSurvey.Of(folder);
        if (survey.Damages.Count == 0)
        {
            Console.WriteLine("nothing is damaged");
            return 0;
        }

        if (!isToBeDone)
        {
            Tell(survey);
            Console.WriteLine("nothing was changed: with --yes it is done");
            return 0;
        }

        var repair = FolderRepair.Begin(folder, TimeProvider.System.GetUtcNow());
        if (LostHeader.In(survey) is { Count: > 0 } headers)
        {
            Tell(survey);
            repair.Restore(headers);
            survey = FolderSurvey.Of(folder);
        }

        if (survey.Damages.Count > 0)
        {
            Tell(survey);
            repair.Run(survey, RepairPlan.For(survey), TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
            survey = FolderSurvey.Of(folder);
        }

        Console.WriteLine($"what was taken away is in {repair.KeptIn}");
        if (survey.Damages.Count == 0)
        {
            Console.WriteLine("repaired");
            return 0;
        }

        Console.Error.WriteLine("respkv: not repaired: " + survey.Damages[0]);
        return 1;
    }

    private static void Tell(FolderSurvey survey)
    {
        foreach (var damage in survey.Damages)
            Console.WriteLine("damaged: " + damage);
        Console.WriteLine("to be done:");
        foreach (var step in StepsFor(survey))
            Console.WriteLine("  " + step);
    }
}
