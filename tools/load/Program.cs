using System.Net.Sockets;
using System.Runtime.InteropServices;
using RespKv.Load;
using RespKv.Load.Table;

return new CommandLine(Run, TableRun.Run).Invoke(args);

static int Run(LoadOptions options)
{
    var servers = new List<ServerUnderTest>();
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Stop(servers));
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Stop(servers));
    try
    {
        foreach (var spec in options.Servers)
        {
            // Listed before it is waited for, so that an interrupt stops it too.
            servers.Add(new ServerUnderTest(spec));
            servers[^1].WaitUntilItAnswers();
        }

        Console.WriteLine(Machine.Describe());
        Console.WriteLine(string.Join(", ", servers.Select(server => $"{server.Name}: {server.Version()}")));
        Console.WriteLine(options.Describe() + "\n");
        foreach (var pipeline in options.Pipelines)
        {
            var comparison = new Comparison(options with { Pipeline = pipeline }, servers);
            foreach (var name in options.Workloads)
            {
                var workload = Workload.Create(name, options.ValueBytes, options.ExpireSeconds);
                ReportTable.Print(Console.Out, $"{name}, pipeline of {pipeline}", comparison.Measure(workload), options.Markdown);
            }
        }

        return 0;
    }
    catch (Exception fault) when (fault is ReplyException or InvalidOperationException or SocketException or IOException)
    {
        Console.Error.WriteLine(fault.Message);
        return 1;
    }
    finally
    {
        Stop(servers);
    }
}

static void Stop(List<ServerUnderTest> servers) => Array.ForEach(servers.ToArray(), server => server.Dispose());
