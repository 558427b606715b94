using System.Text;

namespace RespKv.Tests.Compatibility;

public sealed class ReplyComparisonTests
{
    [Theory]
    [InlineData("+OK\r\n", "+OK\r\n", true)]
    [InlineData("+OK\r\n", "+ok\r\n", false)]
    [InlineData("$-1\r\n", "*-1\r\n", false)]
    [InlineData("-ERR a\r\n", "-ERR b\r\n", false)]
    [InlineData("+OK\r\n", "$2\r\nOK\r\n", false)]
    [InlineData("", "", true)]
    [InlineData("", "+OK\r\n", false)]
    public void Exact_means_every_byte(string left, string right, bool agrees) => AssertAgrees(ReplyComparisonMode.Exact, left, right, agrees);

    [Theory]
    [InlineData("*2\r\n:1\r\n$1\r\na\r\n", "*2\r\n:9\r\n$2\r\nbb\r\n", true)]
    [InlineData("*2\r\n:1\r\n:2\r\n", "*1\r\n:1\r\n", false)]
    [InlineData("*1\r\n:1\r\n", "*1\r\n+1\r\n", false)]
    [InlineData("*0\r\n", "~0\r\n", false)]
    [InlineData("-ERR a\r\n", "-ERR b\r\n", false)]
    [InlineData("", ":1\r\n", false)]
    public void Shape_means_types_and_counts(string left, string right, bool agrees) => AssertAgrees(ReplyComparisonMode.Shape, left, right, agrees);

    [Theory]
    [InlineData("*2\r\n:1\r\n:2\r\n", "*0\r\n", true)]
    [InlineData("$1\r\na\r\n", "$-1\r\n", false)]
    [InlineData("=5\r\ntxt:a\r\n", "$1\r\na\r\n", false)]
    public void Kind_means_the_outer_type(string left, string right, bool agrees) => AssertAgrees(ReplyComparisonMode.Kind, left, right, agrees);

    [Theory]
    [InlineData("*3\r\n:1\r\n:2\r\n:1\r\n", "*3\r\n:2\r\n:1\r\n:1\r\n", true)]
    [InlineData("*3\r\n:1\r\n:2\r\n:1\r\n", "*3\r\n:2\r\n:1\r\n:2\r\n", false)]
    [InlineData("*2\r\n$1\r\n0\r\n*2\r\n+a\r\n+b\r\n", "*2\r\n$1\r\n0\r\n*2\r\n+b\r\n+a\r\n", true)]
    [InlineData("%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "%2\r\n+b\r\n:2\r\n+a\r\n:1\r\n", true)]
    [InlineData("%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "%2\r\n+a\r\n:2\r\n+b\r\n:1\r\n", false)]
    [InlineData("*1\r\n+a\r\n", "*1\r\n$1\r\na\r\n", false)]
    public void Unordered_means_the_same_elements(string left, string right, bool agrees) => AssertAgrees(ReplyComparisonMode.Unordered, left, right, agrees);

    [Theory]
    [InlineData(":100\r\n", ":99\r\n", true)]
    [InlineData(":100\r\n", ":97\r\n", false)]
    [InlineData("*2\r\n:5\r\n+a\r\n", "*2\r\n:6\r\n+a\r\n", true)]
    [InlineData("*2\r\n:5\r\n+a\r\n", "*2\r\n:5\r\n+b\r\n", false)]
    [InlineData(":1\r\n", "$1\r\n1\r\n", false)]
    public void Within_means_integers_that_are_near(string left, string right, bool agrees) => AssertAgrees(ReplyComparisonMode.Within, left, right, agrees);

    [Theory]
    [InlineData("$11\r\nid=3 db=0 a\r\n", "$11\r\nid=4 db=0 a\r\n", true)]
    [InlineData("$11\r\nid=3 db=0 a\r\n", "$11\r\nid=3 db=1 a\r\n", false)]
    [InlineData("$9\r\nx:1\r\ndb:7\r\n", "$4\r\ndb:7\r\n", true)]
    [InlineData("$4\r\nid=3\r\n", "$4\r\nid=4\r\n", false)]
    public void Fields_means_those_named(string left, string right, bool agrees) => AssertAgrees(ReplyComparisonMode.Fields, left, right, agrees);

    private static void AssertAgrees(ReplyComparisonMode mode, string left, string right, bool agrees)
    {
        var comparison = new ReplyComparison(mode, Tolerance: 2, Fields: ["db"]);

        Assert.Equal(agrees, comparison.Agrees(Encoding.Latin1.GetBytes(left), Encoding.Latin1.GetBytes(right)));
    }
}
