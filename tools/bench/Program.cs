using BenchmarkDotNet.Running;
using RespKv.Bench;

// `dotnet run -c Release --project tools/bench -- --filter '*'` runs all; `--list flat` names them.
BenchmarkSwitcher.FromAssembly(typeof(StoreBenchmarks).Assembly).Run(args);
