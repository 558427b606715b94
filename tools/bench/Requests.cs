using System.Globalization;
using RespKv.Protocol;

namespace RespKv.Bench;

/// <summary>The bytes of pipelines as clients send them: keys <c>key:000000000000</c> on, values of 64 bytes.</summary>
internal static class Requests
{
    public const int ValueBytes = 64;

    public static readonly string Value = new('x', ValueBytes);

    public static string Key(int number) => "key:" + number.ToString("D12", CultureInfo.InvariantCulture);

    /// <summary>A pipeline of that many requests, each on another key.</summary>
    public static byte[] Pipeline(int count, Func<string, RespArgument[]> request) =>
        [.. Enumerable.Range(0, count).SelectMany(i => RespArgument.Request(request(Key(i * 7919))))];

    public static byte[] Gets(int count) => Pipeline(count, key => ["GET", key]);

    public static byte[] Sets(int count) => Pipeline(count, key => ["SET", key, Value]);

    public static byte[] Increments(int count) => Pipeline(count, key => ["INCR", "n" + key]);
}
