// What most KV namespaces are used for, a route each: flags that are read often and changed from outside, a cache whose entries end by themselves, and the preferences of users.
export default {
  async fetch(request, env) {
    const [, pattern, name] = new URL(request.url).pathname.split('/');
    const serve = { flags, cached, preferences }[pattern];
    return serve === undefined ? new Response('no such pattern\n', { status: 404 }) : await serve(request, env.KV, decodeURIComponent(name ?? ''));
  },
};

// GET /flags: all of them, in one read. Turned on by: redis-cli SET flag:new-checkout '{"on":true}'
const flagNames = ['new-checkout', 'dark-mode'];

async function flags(request, kv) {
  const stored = await kv.get(flagNames.map((name) => `flag:${name}`), 'json');
  return Response.json(Object.fromEntries(flagNames.map((name) => [name, stored.get(`flag:${name}`)?.on ?? false])));
}

// GET /cached/7: a report that takes long to make, made at most once a minute. The metadata says when it was.
async function cached(request, kv, id) {
  const { value, metadata } = await kv.getWithMetadata(`report:${id}`, 'stream');
  if (value !== null) return new Response(value, { headers: { Age: String(Math.floor((Date.now() - metadata.made) / 1000)) } });
  const report = `report ${id}, made by hand\n`;
  await kv.put(`report:${id}`, report, { expirationTtl: 60, metadata: { made: Date.now() } });
  return new Response(report, { headers: { Age: '0' } });
}

// PUT and GET /preferences/ada, and GET /preferences for who has some: themes are in the metadata, so that the list shows them without a read of each.
async function preferences(request, kv, user) {
  if (request.method === 'PUT') {
    const wanted = await request.json();
    await kv.put(`preferences:${user}`, JSON.stringify(wanted), { metadata: { theme: wanted.theme } });
    return new Response('kept\n', { status: 201 });
  }
  if (user !== '') return Response.json((await kv.get(`preferences:${user}`, 'json')) ?? {});
  const users = [];
  for (let cursor; ; ) {
    const page = await kv.list({ prefix: 'preferences:', cursor });
    users.push(...page.keys.map(({ name, metadata }) => ({ user: name.slice('preferences:'.length), theme: metadata.theme })));
    if (page.list_complete) return Response.json(users);
    cursor = page.cursor;
  }
}
