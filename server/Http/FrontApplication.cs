using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using RespKv.Server.Telemetry;

namespace RespKv.Server.Http;

/// <summary>
/// Serves one request after the other of each connection: says who may be served, finds what was asked for, and makes of every fault an answer. It runs on threads of the
/// pool, never on one that looks after sockets.
/// </summary>
internal sealed class FrontApplication(AccessRules access, KvRequests kv, RestApi rest, OperatorPages pages, HttpFigures figures, ILogger logger) : IHttpApplication<HttpExchange>
{
    public HttpExchange CreateContext(IFeatureCollection contextFeatures)
    {
        // What follows on the connection is a body, until this request is over.
        if (contextFeatures.Get<RequestLineReader>() is { } reader)
            reader.IsAtRequestLine = false;
        figures.RequestBegan();
        return new HttpExchange(contextFeatures);
    }

    public async Task ProcessRequestAsync(HttpExchange context)
    {
        try
        {
            try
            {
                await ServeAsync(context).ConfigureAwait(false);
            }
            catch (HttpFault fault) when (!context.HasStarted)
            {
                await context.RefuseAsync(fault).ConfigureAwait(false);
            }

            // What follows is to be the next request.
            await context.DrainAsync().ConfigureAwait(false);
        }
        catch (BadHttpRequestException error) when (!context.HasStarted)
        {
            // A body that is none: what follows it cannot be told.
            await context.RefuseAndCloseAsync(new HttpFault(error.StatusCode, error.Message)).ConfigureAwait(false);
        }
        catch (Exception error) when (error is OperationCanceledException or ConnectionResetException or ConnectionAbortedException or BadHttpRequestException)
        {
            // The client has gone, or has sent too little or nothing for too long.
            context.Abort();
        }
        catch (Exception fault)
        {
            Log.HttpFault(logger, fault, context.Method);
            if (context.HasStarted)
                context.Abort();
            else
                await context.RefuseAsync(new HttpFault(StatusCodes.Status500InternalServerError, "Internal Server Error")).ConfigureAwait(false);
        }
    }

    public void DisposeContext(HttpExchange context, Exception? exception)
    {
        figures.Count(context.Operation, context.Status, Stopwatch.GetTimestamp() - context.StartTimestamp);
        context.RequestIsOver();
    }

    private ValueTask ServeAsync(HttpExchange exchange)
    {
        // Pages for operators have names that a Worker's key cannot have: its requests say that their path is encoded.
        if (exchange is { EndPointNamespace: null, Target.IsUrlEncoded: false })
        {
            if (pages.Find(exchange.Method, exchange.Target.Path) is { } page)
                return page(exchange);
            if (exchange.Target.Path.StartsWith(RestApi.Root, StringComparison.Ordinal))
                return rest.ServeAsync(exchange);
        }

        var ns = access.NamespaceOf(exchange);
        switch (exchange.Method)
        {
            case "GET":
                access.Demand(exchange, ns, exchange.Target.Path == "/" ? KvRight.List : KvRight.Get);
                kv.DemandReady(writes: false);
                return exchange.Target.Path == "/" ? kv.ListAsync(exchange, ns) : kv.GetAsync(exchange, ns);
            case "HEAD" when exchange.Target.Path != "/":
                access.Demand(exchange, ns, KvRight.Get);
                kv.DemandReady(writes: false);
                return kv.HeadAsync(exchange, ns);
            case "POST" when exchange.Target.Path == "/bulk/get":
                access.Demand(exchange, ns, KvRight.GetMany);
                kv.DemandReady(writes: false);
                return kv.BulkGetAsync(exchange, ns);
            case "PUT":
                access.Demand(exchange, ns, KvRight.Put);
                kv.DemandReady(writes: true);
                return kv.PutAsync(exchange, ns);
            case "DELETE":
                access.Demand(exchange, ns, KvRight.Delete);
                kv.DemandReady(writes: true);
                return kv.DeleteAsync(exchange, ns);
            default:
                access.Demand(exchange, ns, KvRight.Put);
                exchange.ResponseHeaders.Allow = exchange.Target.Path == "/" ? "GET" : "GET, HEAD, PUT, DELETE";
                throw HttpFault.MethodNotAllowed();
        }
    }
}
