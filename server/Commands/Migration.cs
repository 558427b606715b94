using System.Globalization;
using System.Text;
using RespKv.Server.Kv;

namespace RespKv.Server.Commands;

/// <summary>
/// Moves keys to another server, on threads of the pool. Others go on meanwhile, so that a key may change between the moment at which it was taken and the target's answer: then it is not deleted but sent again, and
/// if it keeps changing, writes are held up while it is sent for the last time. A key is deleted here only in the state in which the target has it.
/// </summary>
internal sealed class Migration(ServerState server, Namespace ns, MigrateOptions options, IReadOnlyList<byte[]> keys)
{
    // Rounds in which writers go on, and rounds at all.
    private const int FreeRounds = 3;
    private const int RoundsMax = 10;

    // Values above this are sent one at a time over all clients, so that many of them together need no more memory than one.
    private const int LargeBytes = 1 << 20;

    private static readonly SemaphoreSlim LargeTurn = new(1, 1);

    private readonly RecordInfoReader info = new();
    private bool hasLargeTurn;

    /// <summary>The error that it has ended in; null when all is well.</summary>
    public string? Error { get; private set; }

    public async Task RunAsync()
    {
        var left = keys;
        for (var round = 1; left.Count > 0 && Error == null; round++)
        {
            if (round > RoundsMax)
            {
                Error = "ERR keys were changed each time they had been sent: the target has a copy of them, and they stay here";
                return;
            }

            var isHeld = round > FreeRounds;
            if (isHeld)
                server.Pause.BeginHold();
            try
            {
                left = await RunRoundAsync(left, isAgain: round > 1).ConfigureAwait(false);
            }
            finally
            {
                if (isHeld)
                    server.Pause.EndHold();
            }
        }
    }

    /// <summary>Sends keys; those that have changed meanwhile are to be sent again.</summary>
    private async Task<IReadOnlyList<byte[]>> RunRoundAsync(IReadOnlyList<byte[]> wanted, bool isAgain)
    {
        for (var mayRetry = true; ; mayRetry = false)
        {
            var taken = new List<(byte[] Key, KeyVersion Version)>();
            MigrateConnection? connection = null;
            try
            {
                connection = await server.MigrateConnections.TakeAsync(options).ConfigureAwait(false);
                if (await PrepareAsync(connection).ConfigureAwait(false) is { } refusal)
                {
                    connection.Dispose();
                    Error = TextOf(refusal);
                    return [];
                }

                await SendKeysAsync(connection, wanted, taken, isAgain).ConfigureAwait(false);
                var arrived = await ReadRepliesAsync(connection, taken).ConfigureAwait(false);
                server.MigrateConnections.Return(options, connection);
                return options.Copies ? [] : Delete(arrived);
            }
            catch (MigrateFaultException fault)
            {
                connection?.Dispose();
                if (fault.MayRetry && mayRetry)
                    continue;
                Error ??= TextOf(fault.Step);
                return [];
            }
            finally
            {
                EndLargeTurn();
            }
        }
    }

    // Logs in and chooses the database. Nothing is sent before that has been answered, since it would come to another database; the result is what was refused, or null.
    private async Task<string?> PrepareAsync(MigrateConnection connection)
    {
        var replies = 0;
        if (options.Password is { } password)
        {
            await (options.User is { } user ? connection.SendAsync("AUTH"u8.ToArray(), user, password) : connection.SendAsync("AUTH"u8.ToArray(), password)).ConfigureAwait(false);
            replies++;
        }

        if (connection.Database != options.Database)
        {
            await connection.SendAsync("SELECT"u8.ToArray(), Number(options.Database)).ConfigureAwait(false);
            replies++;
        }

        await connection.FlushAsync().ConfigureAwait(false);
        string? refusal = null;
        for (; replies > 0; replies--)
        {
            var error = await connection.ReadErrorAsync().ConfigureAwait(false);
            refusal ??= error;
        }

        connection.Database = options.Database;
        return refusal;
    }

    private async Task SendKeysAsync(MigrateConnection connection, IReadOnlyList<byte[]> wanted, List<(byte[] Key, KeyVersion Version)> taken, bool isAgain)
    {
        ReadOnlyMemory<byte> restore = "RESTORE"u8.ToArray(), replace = "REPLACE"u8.ToArray();
        foreach (var key in wanted)
        {
            if (await TakeAsync(key).ConfigureAwait(false) is not { } image)
                continue;
            // What was sent before is there already.
            if (options.Replaces || isAgain)
                await connection.SendAsync(restore, key, Number(image.LeftMs), image.Payload, replace).ConfigureAwait(false);
            else
                await connection.SendAsync(restore, key, Number(image.LeftMs), image.Payload).ConfigureAwait(false);
            taken.Add((key, image.Version));
            EndLargeTurn();
        }

        await connection.FlushAsync().ConfigureAwait(false);
    }

    /// <summary>The keys that have arrived; what the target has refused is told.</summary>
    /// <exception cref="MigrateFaultException">There was no answer at all, or the connection broke off behind some, which are dealt with.</exception>
    private async Task<List<(byte[] Key, KeyVersion Version)>> ReadRepliesAsync(MigrateConnection connection, List<(byte[] Key, KeyVersion Version)> taken)
    {
        var arrived = new List<(byte[] Key, KeyVersion Version)>();
        var answers = 0;
        foreach (var key in taken)
        {
            try
            {
                if (await connection.ReadErrorAsync().ConfigureAwait(false) is not { } refusal)
                    arrived.Add(key);
                else
                    Error ??= TextOf(refusal);
                answers++;
            }
            catch (MigrateFaultException fault) when (answers > 0)
            {
                // What has been sent must not be sent again: the target may have it.
                DeleteArrived(arrived);
                throw new MigrateFaultException(fault.Step, mayRetry: false);
            }
        }

        return arrived;
    }

    private void DeleteArrived(List<(byte[] Key, KeyVersion Version)> arrived)
    {
        if (!options.Copies && arrived.Count > 0)
            Delete(arrived);
    }

    /// <summary>Deletes keys that are as the target has them; the others are what is returned, but for those that have gone.</summary>
    private List<byte[]> Delete(List<(byte[] Key, KeyVersion Version)> arrived)
    {
        var changed = new List<byte[]>();
        if (arrived.Count == 0)
            return changed;
        return server.RunAside(ns, keyspace =>
        {
            keyspace.BeAlone();
            foreach (var (key, version) in arrived)
            {
                var now = KeyVersion.Of(keyspace, ns, key, info);
                if (now == version && keyspace.Delete(key, new DeleteUpdate()))
                    Tell(keyspace, key);
                else if (now != version && now != default)
                    changed.Add(key);
            }

            return changed;
        });
    }

    private void Tell(Keyspace keyspace, byte[] key)
    {
        keyspace.Tell(KeyEvent.Delete, key);
        server.TellChanged(key);
    }

    private async Task<KeyImage?> TakeAsync(byte[] key)
    {
        if (server.RunAside(ns, keyspace => keyspace.Read(key, info.AsUse(false)) && info.ValueLength > LargeBytes))
        {
            await LargeTurn.WaitAsync().ConfigureAwait(false);
            hasLargeTurn = true;
        }

        while (true)
        {
            var (image, isOneMoment) = server.RunAside(ns, keyspace => Take(keyspace, key));
            if (isOneMoment)
                return image;
        }
    }

    private void EndLargeTurn()
    {
        if (hasLargeTurn)
            LargeTurn.Release();
        hasLargeTurn = false;
    }

    // The value and what tells of it are read one after the other; if they are not of one moment they are read again.
    private (KeyImage? Image, bool IsOneMoment) Take(Keyspace keyspace, byte[] key)
    {
        var version = KeyVersion.Of(keyspace, ns, key, info);
        if (version == default)
            return (null, true);
        var (isHash, expiresAtMs) = (info.IsHash, info.ExpiresAtMs);
        var payload = isHash ? KeyDump.OfHash(keyspace, key, new LzfPacker()) : KeyDump.OfString(keyspace, key, new CaptureReader(), server.CompressesDumps ? new LzfPacker() : null);
        if (payload == null || KeyVersion.Of(keyspace, ns, key, info) != version)
            return (null, false);
        // A key whose time is up while it is looked at is gone.
        var leftMs = expiresAtMs == 0 ? 0 : Math.Max(expiresAtMs - keyspace.NowMs, 1);
        return (new KeyImage(payload.Value, leftMs, version), true);
    }

    private static string TextOf(string refusal) => "ERR Target instance replied with error: " + refusal;

    private static string TextOf(MigrateStep step) => step switch
    {
        MigrateStep.Connecting => "IOERR error or timeout connecting to the client",
        MigrateStep.Writing => "IOERR error or timeout writing to target instance",
        _ => "IOERR error or timeout reading to target instance",
    };

    private static byte[] Number(long value) => Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A key as it is sent.</summary>
    /// <param name="Payload">What DUMP returns.</param>
    /// <param name="LeftMs">Milliseconds that it has to live; 0 for no end.</param>
    /// <param name="Version">What tells whether it has been changed since.</param>
    private sealed record KeyImage(ReadOnlyMemory<byte> Payload, long LeftMs, KeyVersion Version);
}
