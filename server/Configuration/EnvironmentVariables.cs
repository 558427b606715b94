using System.Collections;

namespace RespKv.Server.Configuration;

/// <summary>Parameters from the environment: <c>RESPKV_MAXMEMORY</c> is <c>maxmemory</c>.</summary>
internal static class EnvironmentVariables
{
    /// <summary>Reads those that are set into a configuration.</summary>
    /// <exception cref="StartFaultException">One has a value that its parameter cannot have.</exception>
    public static void Load(IDictionary variables, ServerConfiguration configuration, IgnoredSettings ignored)
    {
        foreach (var parameter in ParameterTable.All)
        {
            if (variables[parameter.Variable] is not string value || IsServiceLink(value))
                continue;
            if (configuration.Start(parameter, ByteText.FromText(value)) is { } error)
                throw new StartFaultException($"{parameter.Variable}: {error}");
            if (!parameter.HasEffect)
                ignored.WithoutEffect.Add(parameter.Name);
        }
    }

    // Kubernetes gives each container RESPKV_PORT=tcp://10.0.0.1:6379 when there is a service of the name respkv.
    private static bool IsServiceLink(string value) => value.StartsWith("tcp://", StringComparison.Ordinal);
}
