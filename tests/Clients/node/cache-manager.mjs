// cache-manager over Keyv and @keyv/redis: node cache-manager.mjs PROTOCOL PORT [PASSWORD]
import assert from 'node:assert/strict';
import { createKeyv } from '@keyv/redis';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { Tour, until } from './tour.mjs';

const [protocol, port, password] = process.argv.slice(2);
const options = { socket: { host: '127.0.0.1', port: Number(port) }, password, RESP: Number(protocol) };
const keyv = createKeyv(options, { namespace: 'cm', throwOnErrors: true, throwOnConnectError: true });
const redis = await keyv.store.getClient();
await redis.flushDb();
const cache = createCache({ stores: [keyv], ttl: 60_000 });
const tour = new Tour();

// The key as the server has it.
const stored = async (key) => {
  const keys = await redis.keys('*');
  return keys.find((name) => name.endsWith(key));
};

tour.step('set and get, with the TTL of the cache or of their own', async () => {
  await cache.set('a', { n: 1 });
  await cache.set('b', 'own', 5000);
  assert.deepEqual(await cache.get('a'), { n: 1 });
  assert.equal(await cache.get('b'), 'own');
  assert.equal(await cache.get('none'), undefined);
  const [a, b] = [await redis.pTTL(await stored('a')), await redis.pTTL(await stored('b'))];
  assert.ok(a > 50_000 && a <= 60_000, `${a}`);
  assert.ok(b > 1000 && b <= 5000, `${b}`);
});

tour.step('many at once', async () => {
  await cache.mset([
    { key: 'm1', value: 1 },
    { key: 'm2', value: [2], ttl: 5000 },
  ]);
  assert.deepEqual(await cache.mget(['m1', 'none', 'm2']), [1, undefined, [2]]);
  assert.ok((await redis.pTTL(await stored('m2'))) <= 5000);
  await cache.mdel(['m1', 'm2']);
  assert.deepEqual(await cache.mget(['m1', 'm2']), [undefined, undefined]);
});

tour.step('del', async () => {
  await cache.set('gone', 1);
  await cache.del('gone');
  assert.equal(await cache.get('gone'), undefined);
  assert.equal(await stored('gone'), undefined);
});

tour.step('what has expired is not found', async () => {
  await cache.set('short', 1, 50);
  await until(async () => (await cache.get('short')) === undefined, 'the value expires');
  assert.equal(await stored('short'), undefined);
});

tour.step('wrap computes once, for all that ask at a time, until it expires', async () => {
  let calls = 0;
  const compute = () => cache.wrap('wrapped', async () => ({ call: ++calls }), 200);
  const all = await Promise.all([compute(), compute(), compute()]);
  assert.deepEqual(all, [{ call: 1 }, { call: 1 }, { call: 1 }]);
  assert.deepEqual(await compute(), { call: 1 });
  await until(async () => (await cache.get('wrapped')) === undefined, 'the value expires');
  assert.deepEqual(await compute(), { call: 2 });
});

tour.step('behind a cache in memory, the server has what another process left', async () => {
  const memory = new Keyv();
  const tiered = createCache({ stores: [memory, keyv], ttl: 60_000 });
  await cache.set('tiered', 'from the server');
  assert.equal(await tiered.get('tiered'), 'from the server');
  await tiered.set('both', 'v');
  assert.equal(await memory.get('both'), 'v');
  assert.equal(await cache.get('both'), 'v');
});

tour.step('clear takes its own keys and leaves others', async () => {
  await redis.set('other', 'stays');
  for (let i = 0; i < 120; i++) await cache.set(`k${i}`, i);
  await cache.clear();
  assert.equal(await cache.get('k0'), undefined);
  assert.equal(await redis.dbSize(), 1);
  assert.equal(await redis.get('other'), 'stays');
});

await tour.run();
await cache.disconnect();
