namespace RespKv.Load.Table;

/// <summary>The servers that run at the moment, so that the thread of a signal can stop them.</summary>
internal sealed class Fleet : IDisposable
{
    private readonly HashSet<ServerUnderTest> running = [];
    private bool isClosed;

    /// <summary>Whether the run is being ended, and servers end without a fault of their own.</summary>
    public bool IsClosed
    {
        get
        {
            lock (running)
            {
                return isClosed;
            }
        }
    }

    /// <summary>Starts a server, which may not answer yet.</summary>
    /// <exception cref="InvalidOperationException">The run is being ended.</exception>
    public ServerUnderTest Start(ServerSpec spec, string? keptFolder = null)
    {
        lock (running)
        {
            if (isClosed)
            {
                throw new InvalidOperationException("The run was ended.");
            }

            var server = new ServerUnderTest(spec, keptFolder);
            running.Add(server);
            return server;
        }
    }

    /// <summary>Ends a server, in order or as a crash would.</summary>
    public void End(ServerUnderTest server, bool killed = false)
    {
        if (killed)
        {
            server.Kill();
        }

        server.Dispose();
        lock (running)
        {
            running.Remove(server);
        }
    }

    public void Dispose()
    {
        ServerUnderTest[] left;
        lock (running)
        {
            isClosed = true;
            left = [.. running];
        }

        Array.ForEach(left, server => server.Dispose());
    }
}
