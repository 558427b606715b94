// Cloudflare's own client, told another base URL: node rest.mjs <base URL> <token>.
import assert from 'node:assert/strict';
import Cloudflare from 'cloudflare';
import { toFile } from 'cloudflare';

const [, , baseURL, apiToken] = process.argv;
const kv = new Cloudflare({ baseURL, apiToken, maxRetries: 0 }).kv;
const account = { account_id: '023e105f4ecef8ad9ca31a8372d0c353' };
let steps = 0;

async function step(name, run) {
  try {
    await run();
    steps++;
  } catch (error) {
    console.error(`step failed: ${name}\n${error.stack ?? error}`);
    process.exitCode = 1;
  }
}

async function all(list) {
  const items = [];
  for await (const item of list) items.push(item);
  return items;
}

// The status and the first error of a call that fails.
async function faultOf(call) {
  const error = await call.then(() => assert.fail('it did not fail'), (e) => e);
  return [error.status, error.errors?.[0]?.code, error.errors?.[0]?.message];
}

await step('namespaces are made, found, listed, renamed and deleted', async () => {
  const made = await kv.namespaces.create({ ...account, title: 'books & papers' });
  assert.equal(made.title, 'books & papers');
  assert.deepEqual(await faultOf(kv.namespaces.create({ ...account, title: 'books & papers' })), [400, 10014, 'a namespace with this account ID and title already exists']);
  assert.equal((await kv.namespaces.get(made.id, account)).id, made.id);
  for (let i = 0; i < 25; i++) await kv.namespaces.create({ ...account, title: `many${i}` });
  const titles = (await all(kv.namespaces.list({ ...account, per_page: 10 }))).map((n) => n.title);
  assert.deepEqual(titles.filter((t) => t.startsWith('many')).length, 25);
  await kv.namespaces.values.update('k', { ...account, namespace_id: made.id, value: 'v' });
  const renamed = await kv.namespaces.update(made.id, { ...account, title: 'books' });
  assert.equal(renamed.title, 'books');
  assert.equal(await (await kv.namespaces.values.get('k', { ...account, namespace_id: renamed.id })).text(), 'v');
  assert.deepEqual(await faultOf(kv.namespaces.update(renamed.id, { ...account, title: 'many1' })), [400, 10014, 'a namespace with this account ID and title already exists']);
  await kv.namespaces.delete(renamed.id, account);
  assert.deepEqual(await faultOf(kv.namespaces.get(renamed.id, account)), [404, 10013, 'namespace not found']);
});

const { id } = await kv.namespaces.create({ ...account, title: 'tour' });
const here = { ...account, namespace_id: id };

await step('a value comes back with its metadata', async () => {
  await kv.namespaces.values.update('a/b %?', { ...here, value: 'text ä', metadata: JSON.stringify({ m: [1] }), expiration_ttl: 600 });
  assert.equal(await (await kv.namespaces.values.get('a/b %?', here)).text(), 'text ä');
  assert.deepEqual(await kv.namespaces.metadata.get('a/b %?', here), { m: [1] });
});

await step('bytes come back', async () => {
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);
  await kv.namespaces.values.update('bytes', { ...here, value: await toFile(bytes, 'bytes') });
  assert.deepEqual(new Uint8Array(await (await kv.namespaces.values.get('bytes', here)).arrayBuffer()), bytes);
});

await step('what is missing is told apart by its code', async () => {
  assert.deepEqual(await faultOf(kv.namespaces.values.get('missing', here)), [404, 10009, 'key not found']);
  assert.deepEqual(await faultOf(kv.namespaces.values.get('k', { ...account, namespace_id: 'missing' })), [404, 10013, 'namespace not found']);
});

await step('a deleted value is gone', async () => {
  await kv.namespaces.values.delete('bytes', here);
  assert.equal((await faultOf(kv.namespaces.values.get('bytes', here)))[1], 10009);
});

await step('many are written, listed, read and deleted at a time', async () => {
  const body = Array.from({ length: 250 }, (_, i) => ({ key: `bulk:${String(i).padStart(3, '0')}`, value: `value ${i}` }));
  body[0].metadata = { first: true };
  body[1].expiration = 2_000_000_000;
  body[2] = { key: 'bulk:002', value: Buffer.from([0, 255]).toString('base64'), base64: true };
  assert.equal((await kv.namespaces.bulkUpdate(id, { ...account, body })).successful_key_count, 250);
  const keys = await all(kv.namespaces.keys.list(id, { ...account, prefix: 'bulk:', limit: 100 }));
  assert.deepEqual(keys.map((k) => k.name), body.map((pair) => pair.key));
  assert.deepEqual(keys.slice(0, 3), [{ name: 'bulk:000', metadata: { first: true } }, { name: 'bulk:001', expiration: 2_000_000_000 }, { name: 'bulk:002' }]);
  const { values } = await kv.namespaces.bulkGet(id, { ...account, keys: ['bulk:000', 'bulk:003', 'missing'] });
  assert.deepEqual(values, { 'bulk:000': 'value 0', 'bulk:003': 'value 3', missing: null });
  const wrapped = await kv.namespaces.bulkGet(id, { ...account, keys: ['bulk:000', 'bulk:001'], withMetadata: true });
  assert.deepEqual(wrapped.values, { 'bulk:000': { value: 'value 0', metadata: { first: true } }, 'bulk:001': { value: 'value 1', metadata: null, expiration: 2_000_000_000 } });
  assert.deepEqual(new Uint8Array(await (await kv.namespaces.values.get('bulk:002', here)).arrayBuffer()), Uint8Array.of(0, 255));
  assert.equal((await kv.namespaces.bulkDelete(id, { ...account, body: body.map((pair) => pair.key) })).successful_key_count, 250);
  assert.deepEqual(await all(kv.namespaces.keys.list(id, { ...account, prefix: 'bulk:' })), []);
});

await step('limits are those of Workers KV', async () => {
  assert.deepEqual(await faultOf(kv.namespaces.values.update('k', { ...here, value: 'v', expiration_ttl: 30 })), [400, 10001, 'Invalid expiration_ttl of 30. Expiration TTL must be at least 60.']);
  assert.deepEqual(await faultOf(kv.namespaces.values.update('k', { ...here, value: 'v', metadata: '{broken' })), [400, 10001, 'Metadata must be valid JSON']);
  assert.equal((await faultOf(kv.namespaces.values.update('k', { ...here, value: 'v', metadata: JSON.stringify('m'.repeat(2000)) })))[0], 413);
  assert.equal((await faultOf(kv.namespaces.values.update('x'.repeat(513), { ...here, value: 'v' })))[0], 414);
  assert.equal((await faultOf(kv.namespaces.values.update('k', { ...here, value: 'x'.repeat(26_214_401) })))[0], 413);
});

await step('a token that is not known is refused', async () => {
  const other = new Cloudflare({ baseURL, apiToken: 'guessed', maxRetries: 0 });
  assert.deepEqual(await faultOf(other.kv.namespaces.values.get('k', here)), [401, 10000, 'Unauthorized']);
});

console.log(`${steps} steps passed`);
