// Keyv over @keyv/redis: node keyv.mjs PROTOCOL PORT [PASSWORD]
import assert from 'node:assert/strict';
import KeyvRedis, { Keyv } from '@keyv/redis';
import { Tour, until } from './tour.mjs';

const [protocol, port, password] = process.argv.slice(2);
const options = { socket: { host: '127.0.0.1', port: Number(port) }, password, RESP: Number(protocol) };

function openStore(more = {}) {
  return new KeyvRedis(options, { throwOnErrors: true, throwOnConnectError: true, ...more });
}

// Each namespace is a store of its own, as an application has it.
function open(namespace, more = {}) {
  const store = openStore({ namespace, ...more });
  const keyv = new Keyv({ store, namespace, useKeyPrefix: false, throwOnErrors: true });
  keyv.on('error', () => {});
  opened.push(keyv);
  return keyv;
}

const opened = [];
const plain = openStore();
const redis = await plain.getClient();
await redis.flushDb();
const tour = new Tour();

tour.step('values of every kind come back as they were', async () => {
  const keyv = open('kinds');
  for (const value of ['text', '', 'ünï\r\n\0', 42, -0.5, true, false, [1, [2]], { a: { b: null } }]) {
    await keyv.set('k', value);
    assert.deepEqual(await keyv.get('k'), value);
  }
  assert.equal(await keyv.get('none'), undefined);
  const bytes = Buffer.from([0, 255, 13, 10]);
  await keyv.set('bytes', bytes);
  assert.ok(bytes.equals(await keyv.get('bytes')));
});

tour.step('a TTL is kept by the server, in milliseconds', async () => {
  const keyv = open('ttl');
  await keyv.set('long', 'v', 60_000);
  await keyv.set('ever', 'v');
  const ttl = await redis.pTTL('ttl::long');
  assert.ok(ttl > 50_000 && ttl <= 60_000, `${ttl}`);
  assert.equal(await redis.pTTL('ttl::ever'), -1);
  await keyv.set('short', 'v', 50);
  await until(async () => (await redis.exists('ttl::short')) === 0, 'the key expires');
  assert.equal(await keyv.get('short'), undefined);
  await keyv.set('long', 'w');
  assert.equal(await redis.pTTL('ttl::long'), -1);
});

tour.step('many at once', async () => {
  const keyv = open('many');
  await keyv.setMany([
    { key: 'a', value: 1 },
    { key: 'b', value: { x: 2 }, ttl: 60_000 },
  ]);
  assert.deepEqual(await keyv.getMany(['a', 'none', 'b']), [1, undefined, { x: 2 }]);
  assert.ok((await redis.pTTL('many::b')) > 50_000);
  assert.deepEqual(await keyv.hasMany(['a', 'none', 'b']), [true, false, true]);
  assert.equal(await keyv.deleteMany(['a', 'b']), true);
  assert.deepEqual(await keyv.getMany(['a', 'b']), [undefined, undefined]);
});

tour.step('has and delete', async () => {
  const keyv = open('has');
  await keyv.set('k', 'v');
  assert.equal(await keyv.has('k'), true);
  assert.equal(await keyv.delete('k'), true);
  assert.equal(await keyv.delete('k'), false);
  assert.equal(await keyv.has('k'), false);
});

for (const useUnlink of [true, false])
  tour.step(`namespaces are iterated and cleared each for itself (${useUnlink ? 'UNLINK' : 'DEL'})`, async () => {
    await redis.flushDb();
    const [one, two] = [open('one', { useUnlink, clearBatchSize: 50 }), open('two', { useUnlink })];
    for (let i = 0; i < 230; i++) await one.set(`k${i}`, i);
    await two.set('k0', 'two');
    const seen = new Map();
    for await (const [key, value] of one.iterator(one.namespace)) seen.set(key, value);
    assert.equal(seen.size, 230);
    assert.ok([...seen].every(([key, value]) => key === `k${value}`));
    await one.clear();
    assert.equal(await one.get('k0'), undefined);
    assert.equal(await two.get('k0'), 'two');
    assert.equal(await redis.dbSize(), 1);
  });

tour.step('two that share a namespace see the same', async () => {
  const [one, two] = [open('shared'), open('shared')];
  await one.set('k', { from: 'one' }, 60_000);
  assert.deepEqual(await two.get('k'), { from: 'one' });
  await two.delete('k');
  assert.equal(await one.get('k'), undefined);
});

await tour.run();
for (const keyv of opened) await keyv.disconnect();
await plain.disconnect();
