using RespKv.Server.Kv;
using RespKv.Server.Storage;

namespace RespKv.Server.Commands;

/// <summary>Commands on string values.</summary>
internal static class StringCommands
{
    private const CommandFlags Write = CommandFlags.Write | CommandFlags.DenyOom;
    private const CommandFlags FastWrite = Write | CommandFlags.Fast;
    private const CommandFlags FastRead = CommandFlags.ReadOnly | CommandFlags.Fast;

    private static readonly KeySpec Read = KeySpec.One(KeyUse.ReadOnly | KeyUse.Access);
    private static readonly KeySpec Change = KeySpec.One(KeyUse.ReadWrite | KeyUse.Access | KeyUse.Update);

    private static readonly KeySpec ReadOrChange = KeySpec.One(KeyUse.ReadWrite | KeyUse.Access | KeyUse.Update | KeyUse.VariableFlags) with
    {
        Note = "RW and ACCESS due to the optional `GET` argument",
    };

    public static readonly Command[] All =
    [
        new("append", 3, FastWrite, KeySpec.One(KeyUse.ReadWrite | KeyUse.Insert), Append)
        {
            Since = "2.0.0", Group = "string", Complexity = "O(1) amortized, as long as the value is short beside what is appended over time.",
            Summary = "Adds bytes at the end of a value; makes the key if it is missing.", Syntax = "key value",
        },
        new("decr", 2, FastWrite, Change, context => Increment(context, -1))
        {
            Since = "1.0.0", Group = "string", Complexity = "O(1)", Summary = "Takes one from an integer value; a missing key counts as 0.", Syntax = "key",
        },
        new("decrby", 3, FastWrite, Change, DecrementBy)
        {
            Since = "1.0.0", Group = "string", Complexity = "O(1)", Summary = "Takes a number from an integer value; a missing key counts as 0.", Syntax = "key decrement",
        },
        new("get", 2, FastRead, Read, Get)
        {
            Since = "1.0.0", Group = "string", Complexity = "O(1)", Summary = "Returns the value of a key.", Syntax = "key",
        },
        new("getdel", 2, CommandFlags.Write | CommandFlags.Fast, KeySpec.One(KeyUse.ReadWrite | KeyUse.Access | KeyUse.Delete), GetDelete)
        {
            Since = "6.2.0", Group = "string", Complexity = "O(1)", Summary = "Returns the value of a key and deletes the key.", Syntax = "key",
        },
        new("getex", -2, CommandFlags.Write | CommandFlags.Fast, Change with { Note = "RW and UPDATE because it changes the TTL" }, GetWithExpiry)
        {
            Since = "6.2.0", Group = "string", Complexity = "O(1)", Summary = "Returns the value of a key and sets or removes its expiry.",
            Syntax = "key [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | PERSIST]",
        },
        new("getrange", 4, CommandFlags.ReadOnly, Read, GetRange)
        {
            Since = "2.4.0", Group = "string", Complexity = "O(N), N being the bytes returned.", Summary = "Returns a part of a value.", Syntax = "key start end",
        },
        new("getset", 3, FastWrite, Change, GetSet)
        {
            Since = "1.0.0", Group = "string", Complexity = "O(1)", Summary = "Sets the value of a key and returns the one before.", Syntax = "key value",
            ValueAt = 2,
        },
        new("incr", 2, FastWrite, Change, context => Increment(context, 1))
        {
            Since = "1.0.0", Group = "string", Complexity = "O(1)", Summary = "Adds one to an integer value; a missing key counts as 0.", Syntax = "key",
        },
        new("incrby", 3, FastWrite, Change, IncrementBy)
        {
            Since = "1.0.0", Group = "string", Complexity = "O(1)", Summary = "Adds a number to an integer value; a missing key counts as 0.", Syntax = "key increment",
        },
        new("incrbyfloat", 3, FastWrite, Change, IncrementByFloat)
        {
            Since = "2.6.0", Group = "string", Complexity = "O(1)", Summary = "Adds a decimal fraction to a numeric value; a missing key counts as 0.", Syntax = "key increment",
        },
        new("lcs", -3, CommandFlags.ReadOnly, KeySpec.Two(KeyUse.ReadOnly | KeyUse.Access), LcsCommand.Run)
        {
            Since = "7.0.0", Group = "string", Complexity = "O(N*M), N and M being the lengths of the two values.",
            Summary = "Finds the longest common subsequence of two values.", Syntax = "key1 key2 [LEN] [IDX] [MINMATCHLEN min-match-len] [WITHMATCHLEN]",
        },
        new("mget", -2, FastRead, KeySpec.All(KeyUse.ReadOnly | KeyUse.Access), GetMany)
        {
            Since = "1.0.0", Group = "string", Complexity = "O(N), N being the number of keys.", Summary = "Returns the values of several keys.", Syntax = "key [key ...]",
        },
        new("mset", -3, Write, KeySpec.Pairs(KeyUse.Overwrite | KeyUse.Update), SetMany)
        {
            Since = "1.0.1", Group = "string", Complexity = "O(N), N being the number of keys.", Summary = "Sets the values of several keys at once.", Syntax = "key value [key value ...]",
        },
        new("msetnx", -3, Write, KeySpec.Pairs(KeyUse.Overwrite | KeyUse.Insert), SetManyIfMissing)
        {
            Since = "1.0.1", Group = "string", Complexity = "O(N), N being the number of keys.", Summary = "Sets the values of several keys, if none of them is there.", Syntax = "key value [key value ...]",
        },
        new("psetex", 4, Write, KeySpec.One(KeyUse.Overwrite | KeyUse.Update), context => SetWithExpiry(context, ExpiryUnit.Milliseconds))
        {
            Since = "2.6.0", Group = "string", Complexity = "O(1)", Summary = "Sets the value of a key and its expiry in milliseconds.", Syntax = "key milliseconds value", ValueAt = 3,
        },
        new("set", -3, Write, ReadOrChange, Set)
        {
            Since = "1.0.0", Group = "string", Complexity = "O(1)", Summary = "Sets the value of a key, whatever it held before.", ValueAt = 2,
            Syntax = "key value [NX | XX] [GET] [EX seconds | PX milliseconds | EXAT unix-time-seconds | PXAT unix-time-milliseconds | KEEPTTL]",
            History = [("2.6.12", "EX, PX, NX and XX."), ("6.0.0", "KEEPTTL."), ("6.2.0", "GET, EXAT and PXAT."), ("7.0.0", "NX and GET may be used together.")],
        },
        new("setex", 4, Write, KeySpec.One(KeyUse.Overwrite | KeyUse.Update), context => SetWithExpiry(context, ExpiryUnit.Seconds))
        {
            Since = "2.0.0", Group = "string", Complexity = "O(1)", Summary = "Sets the value of a key and its expiry in seconds.", Syntax = "key seconds value", ValueAt = 3,
        },
        new("setnx", 3, FastWrite, KeySpec.One(KeyUse.Overwrite | KeyUse.Insert), SetIfMissing)
        {
            Since = "1.0.0", Group = "string", Complexity = "O(1)", Summary = "Sets the value of a key that is missing.", Syntax = "key value", ValueAt = 2,
        },
        new("setrange", 4, Write, KeySpec.One(KeyUse.ReadWrite | KeyUse.Update), SetRange)
        {
            Since = "2.2.0", Group = "string", Complexity = "O(1), not counting the bytes copied.", Summary = "Overwrites a part of a value; fills up with zero bytes.", Syntax = "key offset value",
        },
        new("strlen", 2, FastRead, KeySpec.One(KeyUse.ReadOnly), Length)
        {
            Since = "2.2.0", Group = "string", Complexity = "O(1)", Summary = "Returns the length of a value.", Syntax = "key",
        },
        new("substr", 4, CommandFlags.ReadOnly, Read, GetRange)
        {
            Since = "1.0.0", Group = "string", Complexity = "O(N), N being the bytes returned.", Summary = "Returns a part of a value; GETRANGE's old name.", Syntax = "key start end",
        },
    ];

    // GET key
    private static void Get(CommandContext context)
    {
        var reader = context.BulkString.For(context.Reply);
        if (!context.Keyspace.Read(context.Request[1], reader))
        {
            context.Miss(context.Request[1]);
            context.Reply.Null();
            return;
        }

        context.Counters.Hits++;
        if (reader.IsWrongType)
            context.Error(ErrorReplies.WrongType);
    }

    // SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]
    private static void Set(CommandContext context)
    {
        var request = context.Request;
        var update = context.Reusable<SetUpdate>();
        if (request.Length == 3)
        {
            context.Keyspace.Overwrite(request[1], update.For(request.Memory(2)));
            context.TellWritten(KeyEvent.Set, request[1]);
            context.Reply.Ok();
            return;
        }

        if (!SetOptions.TryParse(context, 3, isSet: true, out var options) || !options.TryReadTime(context))
            return;
        update.For(request.Memory(2), options.ExpiresAtMs);
        if (!options.IfMissing && !options.IfPresent && !options.KeepTtl && !options.Get)
        {
            context.Keyspace.Overwrite(request[1], update);
            TellSet(context, update);
            context.Reply.Ok();
            return;
        }

        update.Condition = options.IfMissing ? SetCondition.Missing : options.IfPresent ? SetCondition.Present : SetCondition.Always;
        update.KeepsExpiry = options.KeepTtl;
        update.CapturesOldValue = options.Get;
        context.Keyspace.Update(request[1], update);
        ReplyToConditionalSet(context, update, options.Get);
    }

    private static void ReplyToConditionalSet(CommandContext context, SetUpdate update, bool isGet)
    {
        if (update.IsWrongType)
            context.Error(ErrorReplies.WrongType);
        else if (isGet)
            ReplyTaken(context, update.OldValue);
        if (update.HasWritten)
            TellSet(context, update);
        if (update.IsWrongType || isGet)
            return;
        if (update.HasWritten)
            context.Reply.Ok();
        else
            context.Reply.Null();
    }

    // GETSET key value
    private static void GetSet(CommandContext context)
    {
        var update = context.Reusable<SetUpdate>().For(context.Request.Memory(2));
        update.CapturesOldValue = true;
        context.Keyspace.Update(context.Request[1], update);
        ReplyToConditionalSet(context, update, isGet: true);
    }

    // SETNX key value
    private static void SetIfMissing(CommandContext context)
    {
        var update = context.Reusable<SetUpdate>().For(context.Request.Memory(2));
        update.Condition = SetCondition.Missing;
        context.Keyspace.Update(context.Request[1], update);
        if (update.HasWritten)
            TellSet(context, update);
        context.Reply.Integer(update.HasWritten ? 1 : 0);
    }

    private static void TellSet(CommandContext context, SetUpdate update)
    {
        context.TellWritten(KeyEvent.Set, context.Request[1]);
        if (update.ExpiresAtMs != 0)
            context.Tell(KeyEvent.Expire, context.Request[1]);
    }

    // SETEX key seconds value; PSETEX key milliseconds value
    private static void SetWithExpiry(CommandContext context, ExpiryUnit unit)
    {
        if (!ExpiryOption.TryRead(context, 2, unit, out var expiresAtMs))
            return;
        var update = context.Reusable<SetUpdate>().For(context.Request.Memory(3), expiresAtMs);
        context.Keyspace.Overwrite(context.Request[1], update);
        TellSet(context, update);
        context.Reply.Ok();
    }

    // GETDEL key
    private static void GetDelete(CommandContext context)
    {
        var update = context.Reusable<TakeUpdate>();
        context.Keyspace.Update(context.Request[1], update);
        if (update.OldValue.HasValue)
            context.Tell(KeyEvent.Delete, context.Request[1]);
        ReplyTaken(context, update, update.OldValue);
    }

    // GETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST]
    private static void GetWithExpiry(CommandContext context)
    {
        if (!SetOptions.TryParse(context, 2, isSet: false, out var options))
            return;
        // Redis looks at the time only once it has a string to give it to.
        if (!options.HasTime && !options.Persist)
        {
            Get(context);
            return;
        }

        if (!options.Persist && !IsStringToTake(context))
            return;
        if (!options.TryReadTime(context))
            return;

        var update = context.Reusable<TakeWithExpiryUpdate>().For(options.ExpiresAtMs, context.NowMs);
        context.Keyspace.Update(context.Request[1], update);
        if (update.Event is { } what)
            context.Tell(what, context.Request[1]);
        ReplyTaken(context, update, update.OldValue);
    }

    /// <summary>Whether there is a string; if not, the reply is made.</summary>
    private static bool IsStringToTake(CommandContext context)
    {
        var info = context.Reusable<RecordInfoReader>().AsUse(false);
        if (!context.Keyspace.Read(context.Request[1], info))
        {
            context.Miss(context.Request[1]);
            context.Reply.Null();
            return false;
        }

        if (info.Type == RecordType.String)
            return true;
        context.Error(ErrorReplies.WrongType);
        return false;
    }

    private static void ReplyTaken(CommandContext context, StringUpdate update, CapturedValue value)
    {
        if (update.IsWrongType)
            context.Error(ErrorReplies.WrongType);
        else
            ReplyTaken(context, value);
    }

    private static void ReplyTaken(CommandContext context, CapturedValue value)
    {
        if (value.HasValue)
        {
            context.Counters.Hits++;
            if (value.Large == null)
                context.Reply.BulkString(value.Span);
            else
                context.Reply.BulkString(new LargeReply(value.Large, 0, value.Length));
        }
        else
        {
            context.Miss(context.Request[1]);
            context.Reply.Null();
        }

        value.Clear();
    }

    // MGET key [key ...]
    private static void GetMany(CommandContext context)
    {
        var request = context.Request;
        context.Reply.Array(request.Length - 1);
        for (var i = 1; i < request.Length; i++)
        {
            context.FetchAhead(i, step: 1);
            var reader = context.BulkString.For(context.Reply);
            if (context.Keyspace.Read(request[i], reader) && !reader.IsWrongType)
            {
                context.Counters.Hits++;
                continue;
            }

            context.Miss(request[i]);
            context.Reply.Null();
        }
    }

    // MSET key value [key value ...]
    private static void SetMany(CommandContext context)
    {
        if (!HasPairs(context))
            return;
        context.Keyspace.BeAlone();
        WritePairs(context);
        context.Reply.Ok();
    }

    // MSETNX key value [key value ...]
    private static void SetManyIfMissing(CommandContext context)
    {
        if (!HasPairs(context))
            return;
        context.Keyspace.BeAlone();
        var info = context.Reusable<RecordInfoReader>().AsUse(false);
        for (var i = 1; i < context.Request.Length; i += 2)
        {
            if (!context.Keyspace.Read(context.Request[i], info))
                continue;
            context.Reply.Integer(0);
            return;
        }

        WritePairs(context);
        context.Reply.Integer(1);
    }

    private static bool HasPairs(CommandContext context)
    {
        var request = context.Request;
        if (request.Length % 2 == 0)
        {
            context.Error(ErrorReplies.WrongArity(context.Command.FullName));
            return false;
        }

        // All or nothing: what could fail is looked at before the first write.
        for (var i = 1; i < request.Length; i += 2)
        {
            if (request[i].Length > Storage.Faster.FasterStore.KeyBytesMax)
                throw new KeyTooLongException();
        }

        return true;
    }

    private static void WritePairs(CommandContext context)
    {
        var request = context.Request;
        var update = context.Reusable<SetUpdate>();
        for (var i = 1; i < request.Length; i += 2)
        {
            context.FetchAhead(i, step: 2);
            context.Keyspace.Overwrite(request[i], update.For(request.Memory(i + 1)));
            context.TellWritten(KeyEvent.Set, request[i]);
        }
    }

    // INCRBY key increment
    private static void IncrementBy(CommandContext context)
    {
        if (context.Request.TryGetInt64(2, out var increment))
            Increment(context, increment);
        else
            context.Error(ErrorReplies.NotAnInteger);
    }

    // DECRBY key decrement
    private static void DecrementBy(CommandContext context)
    {
        if (!context.Request.TryGetInt64(2, out var decrement))
            context.Error(ErrorReplies.NotAnInteger);
        else if (decrement == long.MinValue)
            context.Error("ERR decrement would overflow");
        else
            Increment(context, -decrement);
    }

    private static void Increment(CommandContext context, long by)
    {
        var update = context.Reusable<IncrementUpdate>().By(by);
        context.Keyspace.Update(context.Request[1], update);
        if (update.IsWrongType)
            context.Error(ErrorReplies.WrongType);
        else if (update.IsNotAnInteger)
            context.Error(ErrorReplies.NotAnInteger);
        else if (update.HasOverflowed)
            context.Error(ErrorReplies.Overflow);
        else
            ReplyIncremented(context, update);
    }

    private static void ReplyIncremented(CommandContext context, IncrementUpdate update)
    {
        context.TellWritten(KeyEvent.IncrementBy, context.Request[1]);
        context.Reply.Integer(update.Result);
    }

    // INCRBYFLOAT key increment
    private static void IncrementByFloat(CommandContext context)
    {
        var update = context.Reusable<IncrementFloatUpdate>().By(context.Request[2]);
        context.Keyspace.Update(context.Request[1], update);
        if (update.IsWrongType)
            context.Error(ErrorReplies.WrongType);
        else if (update.IsNotAFloat)
            context.Error(ErrorReplies.NotAFloat);
        else if (update.IsNotFinite)
            context.Error("ERR increment would produce NaN or Infinity");
        else
            ReplyIncremented(context, update);
    }

    private static void ReplyIncremented(CommandContext context, IncrementFloatUpdate update)
    {
        context.TellWritten(KeyEvent.IncrementByFloat, context.Request[1]);
        context.Reply.BulkString(update.Result);
    }

    // APPEND key value
    private static void Append(CommandContext context)
    {
        var update = context.Reusable<AppendUpdate>().For(context.Request.Memory(2));
        Grow(context, update, KeyEvent.Append);
    }

    // SETRANGE key offset value
    private static void SetRange(CommandContext context)
    {
        if (!context.Request.TryGetInt64(2, out var offset))
            context.Error(ErrorReplies.NotAnInteger);
        else if (offset < 0)
            context.Error(ErrorReplies.OffsetOutOfRange);
        else if (offset > context.Server.BulkBytesMax)
            SetRangeTooFar(context);
        else
            Grow(context, context.Reusable<SetRangeUpdate>().For(offset, context.Request.Memory(3)), KeyEvent.SetRange);
    }

    private static void SetRangeTooFar(CommandContext context)
    {
        if (context.Request[3].IsEmpty)
            Length(context);
        else if (context.Keyspace.Read(context.Request[1], context.Reusable<RecordInfoReader>().AsUse(false)) && context.Reusable<RecordInfoReader>().Type != RecordType.String)
            context.Error(ErrorReplies.WrongType);
        else
            context.Error(ErrorReplies.StringTooLong);
    }

    private static void Grow(CommandContext context, GrowingUpdate update, KeyEvent what)
    {
        update.ValueBytesMax = context.Server.BulkBytesMax;
        context.Keyspace.Update(context.Request[1], update);
        if (update.HasWritten)
            context.TellWritten(what, context.Request[1]);
        if (update.IsWrongType)
            context.Error(ErrorReplies.WrongType);
        else if (update.IsTooLong)
            context.Error(ErrorReplies.StringTooLong);
        else
            context.Reply.Integer(update.ResultLength);
    }

    // STRLEN key
    private static void Length(CommandContext context)
    {
        var info = context.Reusable<RecordInfoReader>().AsUse(true);
        if (!context.Keyspace.Read(context.Request[1], info))
        {
            context.Miss(context.Request[1]);
            context.Reply.Integer(0);
            return;
        }

        context.Counters.Hits++;
        if (info.Type != RecordType.String)
            context.Error(ErrorReplies.WrongType);
        else
            context.Reply.Integer(info.ValueLength);
    }

    // GETRANGE key start end
    private static void GetRange(CommandContext context)
    {
        if (!context.Request.TryGetInt64(2, out var start) || !context.Request.TryGetInt64(3, out var end))
        {
            context.Error(ErrorReplies.NotAnInteger);
            return;
        }

        var reader = context.BulkString.For(context.Reply, new ByteRange(start, end));
        if (!context.Keyspace.Read(context.Request[1], reader))
        {
            context.Miss(context.Request[1]);
            context.Reply.BulkString(default(ReadOnlySpan<byte>));
            return;
        }

        context.Counters.Hits++;
        if (reader.IsWrongType)
            context.Error(ErrorReplies.WrongType);
    }
}
