namespace RespKv.Differ;

/// <summary>Makes episodes, one for each seed.</summary>
internal static class EpisodeSource
{
    // So that it is no more than a server reads at once.
    private const int DamagedStepsMax = 40;
    private const string Crlf = "\r\n";

    public static Episode Make(int seed, Version peerVersion, IReadOnlyList<string> payloads)
    {
        var random = new Random(seed);
        var source = new CommandSource(random) { Payloads = payloads };
        var steps = new List<Step>();
        if (random.Next(3) == 0)
            steps.Add(CommandSource.StepOf(["HELLO", "3"]));
        var kind = random.Next(10);
        var length = random.Next(5, 90);
        while (steps.Count < length)
        {
            if (kind < 8 && random.Next(25) == 0)
                steps.AddRange(source.Transaction());
            else
                steps.Add(kind < 7 ? source.Next() : kind == 7 && random.Next(4) == 0 ? source.Messages() : source.NextExact());
        }

        // Redis resets a connection of which it has not read all, and what it had replied may be lost with it.
        if (kind > 7 && steps.Count > DamagedStepsMax)
            steps.RemoveRange(DamagedStepsMax, steps.Count - DamagedStepsMax);
        int[] cuts = kind < 8 && random.Next(3) == 0 ? [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(1, 200))] : [];
        steps.RemoveAll(step => KnownDifferences.Concern(step, peerVersion));
        // Pushes come between replies, and Redis tells some of them later than RespKv: tracking has exchanges of its own.
        steps.RemoveAll(step => step.Words is [_, _, _, ..] && step.Words[1].Equals("TRACKING", StringComparison.OrdinalIgnoreCase) && step.Words[2].Equals("ON", StringComparison.OrdinalIgnoreCase) && steps.Any(IsResp3));
        // HELLO tells what differs from server to server.
        if (kind >= 7)
            steps.RemoveAll(step => step.Agreement != Agreement.Exact);
        // A NUL in a line that is no argument makes Redis wait for the rest of the line, for ever.
        // Damage may swallow the QUIT at the end. Then the sender's end of sending is all there is, at which Redis forgets clients that wait for these.
        if (kind > 6)
            steps.RemoveAll(step => step.Words[0].ToUpperInvariant() is "FLUSHALL" or "FLUSHDB" or "HELLO" or "SETBIT" or "BITFIELD" or "BITCOUNT" or "BITPOS" || step.Words.Any(word => word.Contains('\0', StringComparison.Ordinal) || word.Equals("SYNC", StringComparison.OrdinalIgnoreCase)));
        steps.Add(CommandSource.StepOf(["QUIT"]));
        var damageSeed = random.Next();
        return new Episode(steps, kind < 7, cuts, kind > 7 ? bytes => Damaged(bytes, new Random(damageSeed)) : null);
    }

    private static bool IsResp3(Step step) => step.Words[0].Equals("HELLO", StringComparison.OrdinalIgnoreCase) && step.Words.Contains("3");

    /// <summary>Bytes changed, lost, doubled or added, few at a time.</summary>
    private static byte[] Damaged(byte[] bytes, Random random)
    {
        string[] added = ["\r", "\n", Crlf, "*", "$", "*-1\r\n", "*0\r\n", "$-1\r\n", "*1\r\n$-1\r\n", "*1\r\n$4\r\nPING\r\n", "*99999999999\r\n", "*1\r\n$99999999999\r\n", "$536870913\r\n", "*1\r\n*1\r\n", "\"", "'", "PING\r\n", " \r\n", "*+1\r\n", "* 1\r\n", "*01\r\n", "*1\r\n$+4\r\n", "\"a b\" 'c\r\n", "*1\r\n:1\r\n", "*x\r\n", "GET \"\\xff\\n\"\r\n", "get 'it\\'s'\r\n", "\"a\"b\r\n", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n"];
        var damaged = bytes.ToList();
        for (var changes = random.Next(1, 4); changes > 0 && damaged.Count > 1; changes--)
        {
            var at = random.Next(damaged.Count);
            var length = Math.Min(random.Next(1, 6), damaged.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    damaged[at] = (byte)random.Next(1, 256);
                    break;
                case 1:
                    damaged.RemoveRange(at, length);
                    break;
                case 2:
                    damaged.InsertRange(at, damaged.GetRange(at, length));
                    break;
                case 3:
                    damaged.RemoveRange(at, damaged.Count - at);
                    break;
                default:
                    damaged.InsertRange(at, System.Text.Encoding.Latin1.GetBytes(added[random.Next(added.Length)]));
                    break;
            }
        }

        return [.. damaged];
    }
}
