using System.Text;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>KV.USE, KV.NAMESPACES and KV.DROP.</summary>
internal static class NamespaceCommands
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static readonly Command[] All =
    [
        new("kv.drop", 2, CommandFlags.Write | CommandFlags.Alone, KeySpec.None, Drop)
        {
            Since = "0.1.0", Group = "kv", Complexity = "O(1)", Summary = "Deletes a namespace with all its keys; 1 when it was there.", Syntax = "namespace", Categories = ["keyspace", "dangerous"],
        },
        new("kv.namespaces", 1, CommandFlags.ReadOnly, KeySpec.None, List)
        {
            Since = "0.1.0", Group = "kv", Complexity = "O(N), N being the number of namespaces.", Summary = "Lists the namespaces: default, databases that hold keys, and those that were named.", Categories = ["keyspace"],
        },
        new("kv.use", 2, CommandFlags.Fast, KeySpec.None, Use)
        {
            Since = "0.1.0", Group = "kv", Complexity = "O(1)", Summary = "Changes to a namespace, which is made if need be.", Syntax = "namespace", Categories = ["connection"],
        },
    ];

    // KV.USE namespace
    private static void Use(CommandContext context)
    {
        if (!TryReadName(context, out var name))
            return;
        var ns = context.Server.Namespaces.FindOrAdd(name);
        if (ns == null)
        {
            context.Error($"ERR there are {Namespaces.NamedMax} namespaces already");
            return;
        }

        context.Client.Namespace = ns;
        context.Keyspace.Namespace = ns;
        context.Keyspace.Session.DependOnAll();
        context.Reply.Ok();
    }

    // KV.NAMESPACES
    private static void List(CommandContext context)
    {
        var all = context.Server.Namespaces.All.Where(n => n.Number is null or 0 || n.Keys.Directory.Count > 0).ToList();
        if (!context.Client.IsTrusted)
            all.RemoveAll(ns => !context.Client.User.Rules.AllowsNamespace(ns.NameBytes));
        context.Reply.Array(all.Count);
        foreach (var ns in all)
            context.Reply.BulkString(ns.Name);
    }

    // KV.DROP namespace
    private static void Drop(CommandContext context)
    {
        if (!TryReadName(context, out var name))
            return;
        var (server, ns) = (context.Server, context.Server.Namespaces.Find(name));
        var wasThere = ns is { IsThere: true };
        if (wasThere)
            server.Namespaces.Remove(ns!, other => server.Clients.Values.Any(client => client.Namespace == other));
        context.Reply.Integer(wasThere ? 1 : 0);
    }

    private static bool TryReadName(CommandContext context, out string name)
    {
        name = "";
        var bytes = context.Request[1];
        if (bytes.Length is 0 or > Namespaces.NameBytesMax)
        {
            context.Error($"ERR a namespace's name has 1 to {Namespaces.NameBytesMax} bytes");
            return false;
        }

        try
        {
            name = StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            context.Error("ERR a namespace's name must be UTF-8");
            return false;
        }

        if (!name.Any(char.IsControl))
            return true;
        context.Error("ERR a namespace's name must hold no control characters");
        return false;
    }
}
