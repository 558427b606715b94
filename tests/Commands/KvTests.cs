using System.Text;
using RespKv.Protocol;

namespace RespKv.Tests.Commands;

/// <summary>KV.*: the replies in both protocols, the limits, and listings. Each test works in a namespace of its own.</summary>
public sealed class KvTests(RunningServer server) : IClassFixture<RunningServer>
{
    private static int lastName;

    [Fact]
    public async Task Replies_are_flat_arrays_in_RESP2()
    {
        await using var client = await UseAsync();
        Assert.Equal("OK", await TextAsync(client, "KV.PUT", "a", "1", "META", "{\"n\":1}", "EXAT", "4000000000"));

        var entry = await client.ExecuteAsync("KV.GETMETA", "a");
        Assert.Equal(RespReplyKind.Array, entry.Kind);
        Assert.Equal($"[\"value\", \"1\", \"metadata\", \"{{\"n\":1}}\", \"expiration\", 4000000000, \"version\", {entry[7].Text}, \"cachestatus\", (null)]", entry.ToString());
        Assert.Equal($"[\"metadata\", \"{{\"n\":1}}\", \"expiration\", 4000000000, \"version\", {entry[7].Text}, \"cachestatus\", (null)]", await TextAsync(client, "KV.META", "a"));
        Assert.Equal("[\"keys\", [[\"name\", \"a\", \"expiration\", 4000000000, \"metadata\", \"{\"n\":1}\"]], \"list_complete\", 1, \"cursor\", (null)]", await TextAsync(client, "KV.LIST"));
    }

    [Fact]
    public async Task Replies_are_maps_in_RESP3()
    {
        await using var client = await UseAsync(protocol: 3);
        await client.ExecuteAsync("KV.PUT", "a", "1");

        var entry = await client.ExecuteAsync("KV.GETMETA", "a");
        Assert.Equal(RespReplyKind.Map, entry.Kind);
        Assert.Equal($"{{\"value\", \"1\", \"metadata\", (null), \"expiration\", (null), \"version\", {entry[7].Text}, \"cachestatus\", (null)}}", entry.ToString());
        Assert.Equal("{\"keys\", [{\"name\", \"a\", \"expiration\", (null), \"metadata\", (null), \"value\", \"1\"}], \"list_complete\", t, \"cursor\", (null)}", await TextAsync(client, "KV.LIST", "WITHVALUES"));
        var many = await client.ExecuteAsync("KV.MGETMETA", "none", "a");
        Assert.Equal([RespReplyKind.Null, RespReplyKind.Map], many.Items.Select(item => item.Kind));
        Assert.Equal("[(null), \"1\"]", await TextAsync(client, "KV.MGET", "none", "a"));
    }

    [Fact]
    public async Task A_missing_key_is_null()
    {
        await using var client = await UseAsync();

        Assert.True((await client.ExecuteAsync("KV.GET", "none")).IsNull);
        Assert.True((await client.ExecuteAsync("KV.GETMETA", "none")).IsNull);
        Assert.True((await client.ExecuteAsync("KV.META", "none")).IsNull);
        Assert.True((await client.ExecuteAsync("KV.SETMETA", "none", "1")).IsNull);
        Assert.True((await client.ExecuteAsync("KV.PUT", "none", "1", "XX")).IsNull);
        Assert.True((await client.ExecuteAsync("KV.PUT", "none", "1", "IFVERSION", 1)).IsNull);
        Assert.Equal(0, (await client.ExecuteAsync("EXISTS", "none")).Integer);
    }

    [Fact]
    public async Task A_put_replaces_value_metadata_and_expiry_together()
    {
        await using var client = await UseAsync();
        await client.ExecuteAsync("KV.PUT", "a", "1", "META", "1", "EX", 100);

        await client.ExecuteAsync("KV.PUT", "a", "2");

        var entry = await client.ExecuteAsync("KV.GETMETA", "a");
        Assert.Equal("2", entry[1].Text);
        Assert.True(entry[3].IsNull);
        Assert.True(entry[5].IsNull);
    }

    [Theory]
    [InlineData("SET a 2", null, -1)]
    [InlineData("APPEND a 2", "{}", 100)]
    [InlineData("SETRANGE a 0 2", "{}", 100)]
    [InlineData("INCR a", "{}", 100)]
    [InlineData("PERSIST a", "{}", -1)]
    [InlineData("EXPIRE a 200", "{}", 200)]
    [InlineData("KV.SETMETA a 7", "7", 100)]
    [InlineData("GETSET a 2", null, -1)]
    [InlineData("MSET a 2", null, -1)]
    [InlineData("SET a 2 KEEPTTL", null, 100)]
    public async Task Other_writes_keep_or_clear_metadata(string command, string? metadata, long ttl)
    {
        await using var client = await UseAsync();
        await client.ExecuteAsync("KV.PUT", "a", "1", "META", "{}", "EX", 100);

        await RunningServer.RunAsync(client, command);

        var shown = (await client.ExecuteAsync("KV.META", "a"))[1];
        Assert.Equal(metadata, shown.IsNull ? null : shown.Text);
        Assert.InRange((await client.ExecuteAsync("TTL", "a")).Integer, ttl < 0 ? ttl : ttl - 10, ttl);
    }

    [Fact]
    public async Task A_version_guards_a_put()
    {
        await using var client = await UseAsync();
        await client.ExecuteAsync("KV.PUT", "a", "1");
        var version = (await client.ExecuteAsync("KV.META", "a"))[5].Integer;

        Assert.Equal("OK", await TextAsync(client, "KV.PUT", "a", "2", "IFVERSION", version));
        Assert.True((await client.ExecuteAsync("KV.PUT", "a", "3", "IFVERSION", version)).IsNull);
        Assert.Equal("\"2\"", await TextAsync(client, "KV.GET", "a"));
    }

    [Fact]
    public async Task Limits_hold_and_one_more_is_refused()
    {
        await using var client = await UseAsync();
        var (key, longKey) = (new string('k', 512), new string('k', 513));
        var (metadata, longMetadata) = ('"' + new string('m', 1022) + '"', '"' + new string('m', 1023) + '"');
        var value = new byte[25 << 20];

        Assert.Equal("OK", await TextAsync(client, "KV.PUT", key, "v", "META", metadata));
        Assert.Equal("(error) ERR key of 513 bytes exceeds the limit of 512", await TextAsync(client, "KV.PUT", longKey, "v"));
        Assert.Equal("(error) ERR key of 513 bytes exceeds the limit of 512", await TextAsync(client, "KV.GET", longKey));
        Assert.Equal("(error) ERR key of 513 bytes exceeds the limit of 512", await TextAsync(client, "KV.MGET", "a", longKey));
        Assert.Equal("(error) ERR key name cannot be empty", await TextAsync(client, "KV.PUT", "", "v"));
        Assert.Equal("(error) ERR metadata of 1025 bytes exceeds the limit of 1024", await TextAsync(client, "KV.PUT", "a", "v", "META", longMetadata));
        Assert.Equal("(error) ERR metadata of 1025 bytes exceeds the limit of 1024", await TextAsync(client, "KV.SETMETA", key, longMetadata));
        Assert.Equal("OK", await TextAsync(client, "KV.PUT", "large", value));
        Assert.Equal(value.Length, (await client.ExecuteAsync("KV.GET", "large")).Bytes.Length);
        Assert.Equal("(error) ERR value of 26214401 bytes exceeds the limit of 26214400", await TextAsync(client, "KV.PUT", "large", new byte[(25 << 20) + 1]));
        Assert.Equal("(error) ERR limit must be between 1 and 1000", await TextAsync(client, "KV.LIST", "LIMIT", 1001));
        Assert.Equal("(error) ERR limit must be between 1 and 1000", await TextAsync(client, "KV.LIST", "LIMIT", 0));
        Assert.Equal(2, (await client.ExecuteAsync("KV.LIST", "LIMIT", 1000))[1].Items.Count);
    }

    [Theory]
    [InlineData("", "ERR metadata must be valid JSON")]
    [InlineData("{", "ERR metadata must be valid JSON")]
    [InlineData("{}x", "ERR metadata must be valid JSON")]
    [InlineData("'a'", "ERR metadata must be valid JSON")]
    [InlineData("\"\xFF\"", "ERR metadata must be valid JSON")]
    [InlineData("\"\xC3\xA4\"", "OK")]
    [InlineData(" [1, null] ", "OK")]
    public async Task Metadata_is_one_JSON_value(string metadata, string reply)
    {
        await using var client = await UseAsync();

        Assert.Equal(reply, (await client.ExecuteAsync("KV.PUT", "a", "v", "META", Encoding.Latin1.GetBytes(metadata))).Text);
    }

    [Theory]
    [InlineData("KV.PUT a", "ERR wrong number of arguments for 'kv.put' command")]
    [InlineData("KV.PUT a v EX", "ERR syntax error")]
    [InlineData("KV.PUT a v EX 0", "ERR invalid expire time in 'kv.put' command")]
    [InlineData("KV.PUT a v EX x", "ERR value is not an integer or out of range")]
    [InlineData("KV.PUT a v EX 1 PX 1", "ERR syntax error")]
    [InlineData("KV.PUT a v NX XX", "ERR syntax error")]
    [InlineData("KV.PUT a v NX IFVERSION 1", "ERR syntax error")]
    [InlineData("KV.PUT a v IFVERSION", "ERR syntax error")]
    [InlineData("KV.PUT a v IFVERSION -1", "ERR value is not an integer or out of range")]
    [InlineData("KV.PUT a v META", "ERR syntax error")]
    [InlineData("KV.PUT a v OTHER", "ERR syntax error")]
    [InlineData("KV.LIST OTHER", "ERR syntax error")]
    [InlineData("KV.LIST PREFIX", "ERR syntax error")]
    [InlineData("KV.LIST LIMIT x", "ERR value is not an integer or out of range")]
    [InlineData("KV.LIST CURSOR !!!!", "ERR invalid cursor")]
    [InlineData("KV.LIST CURSOR AAAA", "ERR invalid cursor")]
    [InlineData("KV.LIST CURSOR A", "ERR invalid cursor")]
    [InlineData("KV.DELPREFIX", "ERR wrong number of arguments for 'kv.delprefix' command")]
    [InlineData("KV.USE", "ERR wrong number of arguments for 'kv.use' command")]
    public async Task Mistakes_are_told(string command, string error)
    {
        await using var client = await UseAsync();

        Assert.Equal(["(error) " + error], await RunningServer.RunAsync(client, command));
        Assert.Equal("PONG", await TextAsync(client, "PING"));
    }

    [Fact]
    public async Task Keys_are_listed_in_the_order_of_their_bytes_page_by_page()
    {
        await using var client = await UseAsync();
        string[] names = ["", "A", "a", "a\0", "aa", "b", "z", "\u00E4", "\u4E2D", "\uFFFD", "\U0001F600"];
        var bytes = names.Select(Encoding.UTF8.GetBytes).Append([0xFF]).Append([0xFF, 0x00]).Append([0x80]).ToList();
        var ordered = bytes.Order(Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y))).ToList();
        foreach (var key in bytes)
            await client.ExecuteAsync("SET", key, "v");

        var listed = await ListAsync(client, "", 3, onPage: _ => Task.CompletedTask);

        Assert.Equal(ordered, listed);
    }

    [Fact]
    public async Task A_listing_is_stable_under_changes_and_its_pages_are_full_whatever_expires()
    {
        await using var client = await UseAsync();
        await using var other = await server.ConnectAsync();
        await other.ExecuteAsync("KV.USE", (await client.ExecuteAsync("CLIENT", "GETNAME")).Text);
        for (var i = 100; i < 300; i++)
            await client.ExecuteAsync(i % 2 == 0 ? ["SET", $"k{i}", "v"] : ["SET", $"k{i}", "v", "PX", 1]);

        // Behind each page its last key goes, and one comes before it and one far behind.
        var page = 0;
        var listed = await ListAsync(client, "k", 10, async last =>
        {
            Assert.Equal(1, (await other.ExecuteAsync("DEL", last)).Integer);
            await other.ExecuteAsync("SET", "k000" + page, "v");
            await other.ExecuteAsync("SET", "kz" + page++, "v");
        });

        var lasting = Enumerable.Range(100, 200).Where(i => i % 2 == 0).Select(i => "k" + i).ToList();
        Assert.Equal(lasting, listed.Select(key => Encoding.UTF8.GetString(key)).Where(key => !key.StartsWith("kz", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_page_with_values_ends_early_when_they_are_large_and_the_next_goes_on()
    {
        await using var client = await UseAsync();
        for (var i = 0; i < 5; i++)
            await client.ExecuteAsync("KV.PUT", "k" + i, new byte[12 << 20]);

        var names = new List<string>();
        var cursor = "";
        do
        {
            var page = await client.ExecuteAsync("KV.LIST", "WITHVALUES", "CURSOR", cursor);
            Assert.InRange(page[1].Items.Count, 1, 3);
            names.AddRange(page[1].Items.Select(key => key[1].Text));
            cursor = page[5].IsNull ? "" : page[5].Text;
        }
        while (cursor.Length > 0);

        Assert.Equal(["k0", "k1", "k2", "k3", "k4"], names);
    }

    [Fact]
    public async Task A_prefix_of_many_keys_is_deleted_and_counted_while_others_are_served()
    {
        await using var client = await UseAsync();
        await using var other = await server.ConnectAsync();
        const int keys = 12_345;
        foreach (var chunk in Enumerable.Range(0, keys).Chunk(1000))
        {
            await client.SendAsync(chunk.SelectMany(i => RespArgument.Request("SET", "doomed:" + i, i)).ToArray());
            foreach (var _ in chunk)
                await client.ReadReplyAsync();
        }

        await client.ExecuteAsync("SET", "other", "v");

        await client.SendCommandAsync("KV.DELPREFIX", "doomed:");
        Assert.Equal("PONG", await TextAsync(other, "PING"));
        Assert.Equal(keys, (await client.ReadReplyAsync()).Integer);
        Assert.Equal(1, (await client.ExecuteAsync("DBSIZE")).Integer);
        Assert.Equal("\"v\"", await TextAsync(client, "GET", "other"));
    }

    [Fact]
    public async Task In_a_transaction_listing_and_deleting_by_prefix_reply_at_once()
    {
        await using var client = await UseAsync();

        await RunningServer.RunAsync(client, "MULTI", "SET a:1 v", "SET a:2 v", "KV.LIST PREFIX a: LIMIT 1", "KV.DELPREFIX a:", "DBSIZE");
        var replies = await client.ExecuteAsync("EXEC");

        Assert.Equal("a:1", replies[2][1][0][1].Text);
        Assert.Equal([2L, 0L], [replies[3].Integer, replies[4].Integer]);
    }

    [Fact]
    public async Task Namespaces_are_apart_and_databases_are_namespaces_too()
    {
        await using var client = await UseAsync();
        await client.ExecuteAsync("SET", "a", "mine");
        await client.ExecuteAsync("SELECT", 9);
        await client.ExecuteAsync("SET", "a", "of 9");

        Assert.Equal("OK", await TextAsync(client, "KV.USE", "9"));
        Assert.Equal("\"of 9\"", await TextAsync(client, "GET", "a"));
        Assert.Equal("OK", await TextAsync(client, "KV.USE", (await client.ExecuteAsync("CLIENT", "GETNAME")).Text));
        Assert.Equal("\"mine\"", await TextAsync(client, "GET", "a"));
        Assert.Equal(1, (await client.ExecuteAsync("MOVE", "a", 8)).Integer);
        Assert.Equal(0, (await client.ExecuteAsync("DBSIZE")).Integer);
    }

    [Fact]
    public async Task A_namespace_that_is_dropped_is_empty_for_those_in_it_and_comes_back_when_they_write()
    {
        await using var client = await UseAsync();
        await using var other = await server.ConnectAsync();
        var name = (await client.ExecuteAsync("CLIENT", "GETNAME")).Text;
        await client.ExecuteAsync("SET", "a", "v");

        Assert.Equal(1, (await other.ExecuteAsync("KV.DROP", name)).Integer);
        Assert.Equal(0, (await other.ExecuteAsync("KV.DROP", name)).Integer);
        Assert.DoesNotContain(name, (await other.ExecuteAsync("KV.NAMESPACES")).Items.Select(item => item.Text));
        Assert.True((await client.ExecuteAsync("GET", "a")).IsNull);

        await client.ExecuteAsync("SET", "b", "w");
        Assert.Contains(name, (await other.ExecuteAsync("KV.NAMESPACES")).Items.Select(item => item.Text));
        await other.ExecuteAsync("KV.USE", name);
        Assert.Equal("\"w\"", await TextAsync(other, "GET", "b"));
        Assert.Equal(1, (await other.ExecuteAsync("KV.DROP", name)).Integer);
        Assert.Equal(0, (await client.ExecuteAsync("DBSIZE")).Integer);
    }

    [Fact]
    public async Task A_database_that_is_dropped_is_emptied_and_stays()
    {
        await using var client = await server.ConnectAsync();
        await client.ExecuteAsync("SELECT", 7);
        await client.ExecuteAsync("SET", "a", "v");

        Assert.Equal(1, (await client.ExecuteAsync("KV.DROP", "7")).Integer);
        Assert.Equal(0, (await client.ExecuteAsync("DBSIZE")).Integer);
        Assert.Equal("OK", await TextAsync(client, "SET", "a", "v"));
    }

    [Theory]
    [InlineData("", "ERR a namespace's name has 1 to 512 bytes")]
    [InlineData("\xFF", "ERR a namespace's name must be UTF-8")]
    [InlineData("a\nb", "ERR a namespace's name must hold no control characters")]
    public async Task Names_of_namespaces_are_checked(string name, string error)
    {
        await using var client = await server.ConnectAsync();

        Assert.Equal(error, (await client.ExecuteAsync("KV.USE", Encoding.Latin1.GetBytes(name))).Text);
        Assert.Equal(error, (await client.ExecuteAsync("KV.DROP", Encoding.Latin1.GetBytes(name))).Text);
    }

    private static async Task<string> TextAsync(RespClient client, params RespArgument[] command) => (await client.ExecuteAsync(command)).ToString();

    /// <summary>All keys under a prefix, a page at a call; after each page something may happen.</summary>
    private static async Task<List<byte[]>> ListAsync(RespClient client, string prefix, int limit, Func<byte[], Task> onPage)
    {
        var listed = new List<byte[]>();
        var cursor = "";
        do
        {
            var page = await client.ExecuteAsync("KV.LIST", "PREFIX", prefix, "LIMIT", limit, "CURSOR", cursor);
            listed.AddRange(page[1].Items.Select(key => key[1].Bytes.ToArray()));
            cursor = page[5].IsNull ? "" : page[5].Text;
            Assert.True(cursor.Length == 0 || page[1].Items.Count == limit, "A page is not full.");
            if (cursor.Length > 0)
                await onPage(listed[^1]);
        }
        while (cursor.Length > 0);
        return listed;
    }

    /// <summary>A connection in a new namespace, which is its client's name as well.</summary>
    private async Task<RespClient> UseAsync(int protocol = 2)
    {
        var client = await server.ConnectAsync(protocol);
        var name = "kv-tests-" + Interlocked.Increment(ref lastName);
        await client.ExecuteAsync("KV.USE", name);
        await client.ExecuteAsync("CLIENT", "SETNAME", name);
        return client;
    }
}
