// unstorage, cacheable and Apollo's cache: node caches.mjs PORT [PASSWORD]
import assert from 'node:assert/strict';
import { KeyvAdapter } from '@apollo/utils.keyvadapter';
import KeyvRedis, { Keyv } from '@keyv/redis';
import { Cacheable } from 'cacheable';
import { Redis } from 'ioredis5';
import { createStorage } from 'unstorage';
import redisDriver from 'unstorage/drivers/redis';
import { Tour } from './tour.mjs';

const [port, password] = process.argv.slice(2);
const connection = { host: '127.0.0.1', port: Number(port), password };
const url = `redis://${password ? `:${password}@` : ''}127.0.0.1:${port}`;
const redis = new Redis({ ...connection, retryStrategy: null });
await redis.flushdb();
const tour = new Tour();

tour.step('unstorage keeps items, their times and their bytes, and lists and clears them by base', async () => {
  const storage = createStorage({ driver: redisDriver({ base: 'unstorage', ...connection }) });
  await storage.setItem('a:one', { n: 1 });
  await storage.setItem('a:two', 'text', { ttl: 60 });
  await storage.setItemRaw('b:raw', Buffer.from([0, 255, 13, 10]));
  assert.deepEqual(await storage.getItem('a:one'), { n: 1 });
  assert.ok((await redis.ttl('unstorage:a:two')) > 50);
  assert.equal(await storage.getItem('none'), null);
  assert.deepEqual(Buffer.from(await storage.getItemRaw('b:raw')), Buffer.from([0, 255, 13, 10]));
  assert.deepEqual((await storage.getKeys()).sort(), ['a:one', 'a:two', 'b:raw']);
  assert.deepEqual((await storage.getKeys('a')).sort(), ['a:one', 'a:two']);
  assert.deepEqual((await storage.getItems(['a:one', 'a:two'])).map((item) => item.value), [{ n: 1 }, 'text']);
  await storage.removeItem('a:one');
  assert.equal(await storage.hasItem('a:one'), false);
  await redis.set('kept', 1);
  await storage.clear();
  assert.deepEqual(await redis.keys('*'), ['kept']);
  await storage.dispose();
});

tour.step('cacheable asks its second level once, and fills it', async () => {
  const open = () => new Cacheable({ secondary: new KeyvRedis(url), nonBlocking: false, ttl: '5m' });
  const [one, two, three] = [open(), open(), open()];
  let made = 0;
  const make = async () => `made ${++made}`;
  assert.equal(await one.getOrSet('shared', make), 'made 1');
  assert.equal(await one.getOrSet('shared', make), 'made 1');
  assert.equal(await two.get('shared'), 'made 1');
  const [key] = await redis.keys('*shared*');
  const ttl = await redis.pttl(key);
  assert.ok(ttl > 290_000 && ttl <= 300_000, `${ttl}`);
  await one.setMany([{ key: 'm:1', value: 1 }, { key: 'm:2', value: { x: 2 } }]);
  assert.deepEqual(await two.getMany(['m:1', 'm:none', 'm:2']), [1, undefined, { x: 2 }]);
  assert.equal(await two.delete('m:1'), true);
  assert.equal(await three.get('m:1'), undefined);
  await Promise.all([one, two, three].map((cache) => cache.disconnect()));
});

tour.step("Apollo's cache keeps responses for their time", async () => {
  const keyv = new Keyv({ store: new KeyvRedis(url), namespace: 'apollo' });
  const cache = new KeyvAdapter(keyv);
  await cache.set('query', '{"data":1}', { ttl: 60 });
  assert.equal(await cache.get('query'), '{"data":1}');
  const [key] = await redis.keys('*query*');
  assert.ok((await redis.ttl(key)) > 50);
  assert.deepEqual(await Promise.all(['query', 'none'].map((k) => cache.get(k))), ['{"data":1}', undefined]);
  await cache.delete('query');
  assert.equal(await cache.get('query'), undefined);
  await keyv.disconnect();
});

await tour.run();
redis.disconnect();
