// Notes: PUT /name stores one for a week, GET /name reads it, GET / lists them, DELETE /name takes one away.
export default {
  async fetch(request, env) {
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    if (request.method === 'PUT') {
      const metadata = { type: request.headers.get('Content-Type') ?? 'text/plain' };
      await env.NOTES.put(name, request.body ?? '', { expirationTtl: 7 * 24 * 3600, metadata });
      return new Response('kept\n', { status: 201 });
    }
    if (request.method === 'DELETE') {
      await env.NOTES.delete(name);
      return new Response('gone\n');
    }
    if (name === '') {
      const { keys, list_complete, cursor } = await env.NOTES.list({ limit: 100, cursor: new URL(request.url).searchParams.get('cursor') });
      return Response.json({ notes: keys.map((key) => ({ name: key.name, ...key.metadata })), next: list_complete ? null : cursor });
    }
    const { value, metadata } = await env.NOTES.getWithMetadata(name, 'stream');
    return value === null ? new Response('no such note\n', { status: 404 }) : new Response(value, { headers: { 'Content-Type': metadata?.type ?? 'text/plain' } });
  },
};
