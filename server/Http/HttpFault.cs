using System.Globalization;
using RespKv.Server.Kv;

namespace RespKv.Server.Http;

/// <summary>A request that is refused: what its answer says, in the reason phrase of the status line, which is all that a Worker is told, and in the body.</summary>
/// <param name="status">The status of the answer.</param>
/// <param name="text">The text.</param>
/// <param name="code">Its number in the REST shape, which tells faults apart where texts may change.</param>
internal sealed class HttpFault(int status, string text, int code = HttpFault.InvalidRequest) : Exception(text)
{
    private const int InvalidRequest = 10001;
    private const int NotAuthorized = 10000;

    public int Status { get; } = status;

    public int Code { get; } = code;

    // The texts are those of Workers KV's local simulator, word for word.
    public static HttpFault NotFound() => new(404, "Not Found");

    public static HttpFault MethodNotAllowed() => new(405, "Method Not Allowed");

    public static HttpFault EmptyKey() => new(400, "Key names must not be empty");

    public static HttpFault IllegalKey(string key) => new(400, $"Illegal key name \"{key}\". Please use a different name.");

    public static HttpFault KeyTooLong(int bytes, int limit) => new(414, Text($"UTF-8 encoded length of {bytes} exceeds key length limit of {limit}."));

    public static HttpFault KeyNotDecodable() => new(400, "Could not URL-decode key name");

    public static HttpFault CacheTtl(string given, int least) => new(400, Text($"Invalid cache_ttl of {given}. Cache TTL must be at least {least}."));

    public static HttpFault ExpirationTtlNotPositive(string given) => new(400, $"Invalid expiration_ttl of {given}. Please specify integer greater than 0.");

    public static HttpFault ExpirationTtlTooShort(string given, int least) => new(400, Text($"Invalid expiration_ttl of {given}. Expiration TTL must be at least {least}."));

    public static HttpFault ExpirationPast(string given) =>
        new(400, $"Invalid expiration of {given}. Please specify integer greater than the current number of seconds since the UNIX epoch.");

    public static HttpFault ExpirationTooSoon(string given, int least) => new(400, Text($"Invalid expiration of {given}. Expiration times must be at least {least} seconds in the future."));

    public static HttpFault MetadataTooLong(int bytes, int limit) => new(413, Text($"Metadata length of {bytes} exceeds limit of {limit}."));

    public static HttpFault ValueTooLong(long bytes, long limit) => new(413, Text($"Value length of {bytes} exceeds limit of {limit}."));

    public static HttpFault ListLimitNotPositive(string given) => new(400, $"Invalid key_count_limit of {given}. Please specify an integer greater than 0.");

    public static HttpFault ListLimitTooLarge(string given, int most) => new(400, Text($"Invalid key_count_limit of {given}. Please specify an integer less than {most}."));

    public static HttpFault TooManyKeys(int most) => new(400, Text($"You can request a maximum of {most} keys"));

    public static HttpFault NoKeys() => new(400, "You must request a minimum of 1 key");

    public static HttpFault BulkType(string given) => new(400, $"\"{given}\" is not a valid type. Use \"json\" or \"text\"");

    public static HttpFault BulkNotJson() => new(400, "At least one of the requested keys corresponds to a non-json value");

    public static HttpFault BulkTooLarge(long limit) => new(413, Text($"Total size of request exceeds the limit of {limit / 1024 / 1024}MB"));

    // From here on the texts are ours: the simulator has no such case, or fails with a fault of its own.
    public static HttpFault MetadataNotJson() => new(400, "Metadata must be valid JSON");

    public static HttpFault BodyNotJson() => new(400, "The body is not the JSON that was expected");

    public static HttpFault BodyTooLong(long limit) => new(413, Text($"The body exceeds {limit} bytes"));

    public static HttpFault InvalidCursor() => new(400, "Invalid cursor");

    public static HttpFault WrongType() => new(409, "The key holds a value that is not a string");

    public static HttpFault NamespaceName(string fault) => new(400, "Invalid namespace: " + fault);

    public static HttpFault TooManyNamespaces() => new(507, Text($"There are {Namespaces.NamedMax} namespaces already"));

    public static HttpFault OutOfMemory() => new(507, "Used memory is above maxmemory");

    public static HttpFault NotKept(string why) => new(507, why);

    public static HttpFault Loading() => new(503, "The server is loading its data");

    public static HttpFault Busy() => new(503, "Too much is being received and sent at the moment");

    public static HttpFault NoKeyIndex() => new(501, "Listing needs the index of keys, which this server was started without (key-index off)");

    public static HttpFault NoToken() => new(401, "Unauthorized", NotAuthorized);

    public static HttpFault OtherNamespace() => new(403, "The token is not for this namespace", NotAuthorized);

    public static HttpFault ReadOnly() => new(403, "The token is read-only", NotAuthorized);

    public static HttpFault NotPermitted(string text) => new(403, text, NotAuthorized);

    public static HttpFault NotLocal() => new(403, "Without tokens only clients of this host are served", NotAuthorized);

    public static HttpFault ForeignHost() => new(403, "The Host header does not name this host", NotAuthorized);

    public static HttpFault ForeignOrigin() => new(403, "Requests of other web pages are refused", NotAuthorized);

    public static HttpFault NoRoute() => new(404, "No route for that URI", 7000);

    public static HttpFault NoNamespace() => new(404, "namespace not found", 10013);

    public static HttpFault NoKey() => new(404, "key not found", 10009);

    public static HttpFault NamespaceIsThere() => new(400, "a namespace with this account ID and title already exists", 10014);

    public static HttpFault NamespaceIsDatabase() => new(400, "A database keeps its name");

    public static HttpFault TooManyPairs(int most) => new(400, Text($"A request may have {most} keys"));

    public static HttpFault NoValue() => new(400, "The form has no part named value");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
