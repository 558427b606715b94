namespace RespKv.Differ;

/// <summary>Makes commands at random: most are right, many are wrong in one or two ways that a client might be.</summary>
internal sealed partial class CommandSource
{
    private readonly Random random;
    private readonly Words words;
    private readonly (int Weight, Func<string[]> Make)[] makers;
    private readonly int weights;

    public CommandSource(Random random)
    {
        this.random = random;
        words = new Words(random);
        makers = [.. Strings(), .. Bits(), .. Hashes(), .. Keyspace(), .. Connections(), .. Scripts()];
        weights = makers.Sum(maker => maker.Weight);
    }

    /// <summary>The payloads that RESTORE is given, of either server.</summary>
    public IReadOnlyList<string> Payloads { get; init; } = [""];

    /// <summary>One command of any kind.</summary>
    public Step Next()
    {
        var command = Made();
        if (random.Next(6) == 0)
            command = Mistaken(command);
        return StepOf(HarmlessForm.Of(command), isInline: random.Next(25) == 0);
    }

    /// <summary>One whose reply is the same on both servers to the byte.</summary>
    public Step NextExact()
    {
        while (true)
        {
            if (Next() is { Agreement: Agreement.Exact } step)
                return step;
        }
    }

    /// <summary>A transaction; now and then one that is wrong, watches, or is given up.</summary>
    public IEnumerable<Step> Transaction()
    {
        if (random.Next(3) == 0)
            yield return StepOf(["WATCH", .. words.Many(3, words.Key)]);
        if (random.Next(4) == 0)
            yield return NextExact();
        yield return StepOf([words.Spelt("MULTI")]);
        for (var i = random.Next(8); i > 0; i--)
            yield return random.Next(15) == 0 ? StepOf(words.One(["MULTI", "WATCH", "UNWATCH", "NOSUCH", "GET", "DISCARD"]) is "WATCH" ? ["WATCH", "k"] : [words.One(["MULTI", "UNWATCH", "NOSUCH", "GET"])]) : NextExact();
        yield return StepOf(random.Next(12) switch { 0 => ["DISCARD"], 1 => ["EXEC", "x"], _ => ["EXEC"] });
        yield return StepOf(["DISCARD"]);
    }

    /// <summary>Commands that answer with another number of replies than one.</summary>
    public Step Messages()
    {
        string[] channels = ["c1", "c2", "", "k\xff", "news"];
        return StepOf(random.Next(12) switch
        {
            0 => ["SUBSCRIBE", .. words.Many(3, () => words.One(channels))],
            1 => ["PSUBSCRIBE", .. words.Many(3, words.Pattern)],
            2 => ["SSUBSCRIBE", .. words.Many(2, () => words.One(channels))],
            // Without names all are ended, in an order that Redis draws.
            3 => ["UNSUBSCRIBE", .. words.Many(2, () => words.One(channels))],
            4 => ["PUNSUBSCRIBE", .. words.Many(2, words.Pattern)],
            5 => ["SUNSUBSCRIBE", .. words.Many(2, () => words.One(channels))],
            6 => ["CLIENT", "REPLY", words.Spelt(words.One(["ON", "OFF", "SKIP", "WHAT"]))],
            7 => ["RESET"],
            8 => ["PING", .. words.Some(() => [words.Value()])],
            _ => ["PUBLISH", words.One(channels), words.Value()],
        });
    }

    internal static Step StepOf(string[] command, bool isInline = false) => new(command, Agreements.Of(command), isInline && command[0].Length > 0);

    private string[] Made()
    {
        var at = random.Next(weights);
        foreach (var (weight, make) in makers)
        {
            at -= weight;
            if (at < 0)
                return make();
        }

        throw new InvalidOperationException("The weights do not add up.");
    }

    /// <summary>A word more or less, twice, in another place, or another one; never another command.</summary>
    private string[] Mistaken(string[] command)
    {
        var mistaken = command.ToList();
        for (var mistakes = random.Next(1, 3); mistakes > 0; mistakes--)
        {
            var at = random.Next(1, mistaken.Count + 1);
            switch (random.Next(7))
            {
                case 0 when at < mistaken.Count:
                    mistaken.RemoveAt(at);
                    break;
                case 1 when at < mistaken.Count:
                    mistaken.Insert(random.Next(1, mistaken.Count), mistaken[at]);
                    break;
                case 2 when at < mistaken.Count:
                    mistaken[at] = words.Number();
                    break;
                case 3 when at < mistaken.Count:
                    mistaken[at] = words.Option();
                    break;
                case 4:
                    mistaken.Insert(at, words.Option());
                    break;
                case 5:
                    mistaken.Insert(at, words.Number());
                    break;
                default:
                    mistaken.Add(words.Option());
                    break;
            }
        }

        return [.. mistaken];
    }
}
