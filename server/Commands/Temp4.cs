#pragma warning disable
namespace RespKv.Server.Commands;
internal static class LcsCommand { public static void Run(CommandContext c)=>c.Error("ERR"); }
