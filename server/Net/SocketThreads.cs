using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace RespKv.Server.Net;

/// <summary>
/// The threads that serve the sockets. The first one does all the work as long as it can: it finds more to do each time that it looks, and no core is taken from others. Another one joins it when it is busy all the time, or held
/// up by one long command, and leaves when the first one could do without it. They end with the process.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Used to the end of the process.")]
internal sealed class SocketThreads
{
    private const int ThreadsMax = 16;
    private const int ReadersAtFirst = 256;

    private readonly Epoll epoll;
    private readonly SocketThread[] threads;
    private readonly Lock door = new();
    private readonly Stack<int> free = new();
    private SocketReader?[] readers = [];

    /// <param name="failed">Told of what should not happen.</param>
    /// <exception cref="Win32Exception">There are no descriptors left.</exception>
    public SocketThreads(Action<Exception> failed)
    {
        epoll = new Epoll();
        threads = new SocketThread[Math.Clamp(Environment.ProcessorCount, 2, ThreadsMax)];
        for (var i = threads.Length - 1; i >= 0; i--)
            threads[i] = new SocketThread(i, epoll, this, failed);
        foreach (var thread in threads)
            thread.Start(threads);
    }

    /// <summary>Has a reader told of what comes from a descriptor; returns what it is to be removed by.</summary>
    /// <exception cref="SocketException">The system has no memory for it.</exception>
    public int Add(SocketReader reader, int descriptor)
    {
        int index;
        lock (door)
        {
            if (!free.TryPop(out index))
                index = Grow();
            Volatile.Read(ref readers)[index] = reader;
        }

        try
        {
            epoll.Add(descriptor, index);
            return index;
        }
        catch (Win32Exception error)
        {
            Remove(index);
            throw new SocketException(error.NativeErrorCode, error.Message);
        }
    }

    /// <summary>The reader is told of nothing any more, but for an event that is on its way; so may the next one be that gets its place, which finds nothing then.</summary>
    public void Remove(int index)
    {
        lock (door)
        {
            readers[index] = null;
            free.Push(index);
        }
    }

    /// <summary>Serves one event.</summary>
    public void Serve(int index, bool isEnd) => Volatile.Read(ref readers)[index]?.OnReadable(isEnd);

    private int Grow()
    {
        var next = readers.Length;
        var grown = new SocketReader?[Math.Max(next * 2, ReadersAtFirst)];
        readers.CopyTo(grown, 0);
        for (var i = grown.Length - 1; i > next; i--)
            free.Push(i);
        Volatile.Write(ref readers, grown);
        return next;
    }
}
