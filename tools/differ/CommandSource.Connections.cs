namespace RespKv.Differ;

internal sealed partial class CommandSource
{
    private (int Weight, Func<string[]> Make)[] Connections() =>
    [
        (3, () => ["PING", .. words.Some(() => [words.Value()])]), (2, () => ["ECHO", words.Value()]),
        (3, () => ["HELLO", .. words.Some(() => [words.One(["2", "3", "3", "1", "4", "x", "", " 3", "03"])], () => [words.Spelt("SETNAME"), words.One(["me", "a b", "", "\xff"])], () => [words.Spelt("AUTH"), words.One(["default", "nobody"]), words.One(["", "x"])])]),
        (3, () => ["CLIENT", "SETNAME", words.One(["me", "a b", "", "a\n", "\x7f", "~!"])]), (2, () => ["CLIENT", words.Several(["GETNAME", "ID", "TRACKINGINFO", "GETREDIR"])]),
        (2, () => ["CLIENT", "NO-EVICT", words.Several(["ON", "OFF", "x"])]),
        (3, () => ["CLIENT", "TRACKING", words.Several(["ON", "OFF", "x"]), .. words.Some(() => [words.Spelt("PREFIX"), words.One(["k", "", "k1", "h"])], () => [words.Spelt("OPTIN")], () => [words.Spelt("OPTOUT")], () => [words.Spelt("NOLOOP")], () => [words.Spelt("REDIRECT"), words.One(["0", "999999", "x", "-1"])])]),
        (1, () => ["CLIENT", "CACHING", words.Several(["YES", "NO", "x"])]),
        (1, () => ["CLIENT", "UNBLOCK", words.Small(100_000, 1_000_000), .. words.Some(() => [words.Several(["TIMEOUT", "ERROR"])])]),
        (2, () => ["CLIENT", "KILL", .. words.One(["1.2.3.4:5", "x", ""]) is var address && random.Next(2) == 0 ? [address] : words.Some(() => [words.Spelt("ID"), "999999"], () => [words.Spelt("ADDR"), "1.2.3.4:5"], () => [words.Spelt("LADDR"), "1.2.3.4:5"], () => [words.Spelt("USER"), "nobody"], () => [words.Spelt("TYPE"), words.One(["replica", "master", "slave", "what"])], () => [words.Spelt("SKIPME"), words.One(["yes", "what"])])]),
        (1, () => ["CLIENT", words.Several(["WHAT", "REPLY", "SETNAME", "KILL", "TRACKING", "NO-EVICT", ""])]), (1, () => ["RESET"]), (1, () => ["SELECT", words.Number()]),
        (4, () => ["COMMAND", words.Spelt("GETKEYS"), .. Made()]), (2, () => ["COMMAND", words.Spelt("GETKEYSANDFLAGS"), .. Made()]), (1, () => ["COMMAND", words.Several(["COUNT", "WHAT", "DOCS"]), "nosuch"]),
        (2, () => ["PUBLISH", words.One(["c1", ""]), words.Value()]), (1, () => ["SPUBLISH", "c1", words.Value()]),
        (2, () => ["PUBSUB", words.Several(["CHANNELS", "NUMSUB", "NUMPAT", "SHARDCHANNELS", "SHARDNUMSUB", "WHAT"]), .. words.Some(() => [words.Pattern()])]),
        (1, () => [words.One(["", "NOSUCH", "GE", "GETT", "\xff\xfe", "get\0", "G ET", new string('n', 200)]), .. words.Some(() => [words.Value()])]),
        (1, () => [words.One(["WATCH", "UNWATCH", "EXEC", "DISCARD"]), .. words.Some(() => [words.Key()])]),
    ];

    private (int Weight, Func<string[]> Make)[] Scripts() =>
    [
        (4, () => [words.One(["EVAL", "EVAL", "EVAL_RO"]), words.One(["return redis.call(unpack(ARGV))", "return redis.pcall(unpack(ARGV))", "return {redis.call(unpack(ARGV))}", "redis.setresp(3) return redis.call(unpack(ARGV))"]), "0", .. Exact()]),
        (3, () => ["EVAL", words.One(LuaExpressions), words.One(["1", "1", "2", "0", "-1", "x", "9"]), words.Key(), words.Key(), words.Value()]),
        (1, () => ["SCRIPT", words.Several(["LOAD", "EXISTS", "FLUSH", "KILL", "WHAT"]), .. words.Some(() => [words.One(["return 1", "return KEYS[1]", "(", "", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "SYNC", "ASYNC"])])]),
        (1, () => [words.One(["EVALSHA", "EVALSHA_RO"]), words.One(["e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "E0E1F9FABFC9D4800C877A703B823AC0578FF8DB", "x", ""]), "0", .. words.Some(() => [words.Value()])]),
    ];

    private static readonly string[] LuaExpressions =
    [
        "return 1", "return KEYS[1]", "return ARGV[1]", "return {KEYS, ARGV}", "return tonumber(ARGV[1])", "return {1,2,nil,3}", "return false", "return true", "return nil", "return {ok='x'}", "return {err='x'}", "return {err='ERR x y'}",
        "return 3.99", "return -3.99", "return tostring(tonumber(ARGV[1]))", "return #ARGV[1]", "return redis.error_reply('x')", "return redis.error_reply('-X y')", "return redis.status_reply('x')", "return {double=1.5}", "redis.setresp(3) return {double=1.5}",
        "redis.setresp(3) return {map={a=1}}", "redis.setresp(3) return {set={a=true}}", "redis.setresp(3) return true", "error('x')", "error({err='x'})", "return redis.call('get', KEYS[1])", "return redis.sha1hex(ARGV[1])", "return cjson.encode({ARGV[1]})",
        "return string.format('%q', ARGV[1])", "return string.format('%.3f', ARGV[1])", "return bit.band(tonumber(ARGV[1]) or 0, 255)", "return (", "return redis.call()", "return redis.call('nosuch')", "return redis.pcall('get')",
        "return redis.call('set', KEYS[1], ARGV[1])", "return #KEYS", "return {{{{1}}}}", "return 1e15", "return 2^53", "return 2^63", "return -2^63", "return 0/0", "return 1/0", "return redis.call('incr', KEYS[1])", "redis.call('set', KEYS[1], 1.5) return redis.call('get', KEYS[1])",
        "return redis.call('set', KEYS[1], 10/3)", "return tostring(10/3)", "return tostring(1e20)", "return tostring(-0)", "return string.rep('a', 5)", "return {[1]=1,[3]=3}", "return math.floor(3.7)", "return ARGV[1] .. 1", "x = 1", "return x", "return type(KEYS)",
        "return struct.pack('>I2', 258)", "return cmsgpack.pack({1,2,3})", "return redis.log(redis.LOG_DEBUG, 'x')", "return redis.REDIS_VERSION ~= nil", "return pcall(redis.call, 'nosuch')", "local t = redis.pcall('nosuch') return t.err", "return select('#', unpack(ARGV))",
        "#!lua\nreturn 1", "#!lua flags=no-writes\nreturn redis.call('set','k','v')", "#!lua flags=what\nreturn 1", "#!what\nreturn 1", "return redis.acl_check_cmd('set', KEYS[1], 'v')", "return tonumber('0x10')", "return tonumber('  5  ')", "return tonumber('5', 3)",
    ];

    private string[] Exact()
    {
        while (true)
        {
            var command = Made();
            // The order of a map's elements in Lua is Lua's own.
            if (Agreements.Of(command) == Agreement.Exact && command[0] != "LCS" && !command[0].StartsWith("EVAL", StringComparison.Ordinal))
                return random.Next(6) == 0 ? Mistaken(command) : command;
        }
    }
}
