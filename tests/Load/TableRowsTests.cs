using System.Text;
using RespKv.Load;
using RespKv.Load.Table;

namespace RespKv.Tests.Load;

/// <summary>Which rows the table of speeds has, how they are selected, and how its servers are named.</summary>
public sealed class TableRowsTests
{
    [Fact]
    public void Rows_have_names_of_their_own() => Assert.Equal(TableRows.All.Count, TableRows.All.Select(row => row.Name).Distinct().Count());

    [Fact]
    public void Every_write_in_memory_has_a_row_with_the_log()
    {
        var names = TableRows.All.OfType<TrafficRow>().ToLookup(row => row.IsLogged, row => row.Name);
        string[] reads = ["get", "mget", "exists"];
        Assert.Equal(names[false].Where(name => !reads.Contains(name.Split('-')[0])).Select(name => "log-" + name).Order(), names[true].Order());
    }

    [Theory]
    [InlineData("get-16", "get-16")]
    [InlineData("get-*", "get-1 get-16 get-100 get-16k get-1m")]
    [InlineData("memory*", "memory memory-ttl")]
    public void A_pattern_selects_rows_by_their_whole_names(string pattern, string selected)
    {
        var options = new TableOptions { Servers = [], Rows = [pattern] };
        Assert.Equal(selected.Split(' '), TableRows.All.Select(row => row.Name).Where(options.Selects));
    }

    [Fact]
    public void Known_servers_have_a_command_line_with_a_log_and_others_are_given_one()
    {
        Assert.All(ServerSpec.Presets.Keys, name =>
        {
            var spec = ServerSpec.Parse(name);
            Assert.DoesNotContain(ServerSpec.Folder, spec.Command, StringComparison.Ordinal);
            Assert.Contains(ServerSpec.Folder, spec.WithLog().Command, StringComparison.Ordinal);
        });
        var own = ServerSpec.Parse("own=serve --port {port}");
        Assert.Throws<InvalidOperationException>(own.WithLog);
        Assert.Equal("serve --port {port} --fast", own.With("--fast").Command);
    }

    [Fact]
    public void A_reply_that_has_not_come_whole_is_told_from_one_that_is_wrong()
    {
        var reply = "*2\r\n$1\r\n7\r\n*2\r\n$16\r\nkey:000000000001\r\n$-1\r\n"u8.ToArray();
        for (var length = 0; length < reply.Length; length++)
            Assert.True(IsShort(reply.AsSpan(0, length)), $"{length} bytes");
        Assert.False(IsShort(reply));
        Assert.Throws<ReplyException>(() => IsShort("-ERR unknown command\r\n"u8));
        Assert.Throws<ReplyException>(() => IsShort("*2\r\n$1\r\n7\r\n*2\r\n$5\r\nother\r\n"u8));

        static bool IsShort(ReadOnlySpan<byte> bytes)
        {
            var cursor = new ReplyCursor(bytes);
            cursor.Expect('*', 2);
            cursor.Bulk(out _);
            cursor.Expect('*', 2);
            cursor.ExpectKey("key:"u8, 16);
            cursor.Bulk(out _);
            return cursor.IsShort;
        }
    }

    [Fact]
    public void A_fill_asks_for_keys_of_the_wanted_length_with_their_time_to_live()
    {
        var request = Workload.Fill(3, "session:", 60).Cycle.Single();
        Assert.Equal("*5\r\n$3\r\nSET\r\n$20\r\nsession:000000000000\r\n$3\r\nabc\r\n$2\r\nEX\r\n$2\r\n60\r\n", Encoding.ASCII.GetString(request.Bytes));
    }
}
