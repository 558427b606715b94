// A tour of node-redis: node node-redis.mjs PACKAGE PROTOCOL PORT [PASSWORD]
import assert from 'node:assert/strict';
import { Tour, until } from './tour.mjs';

const [packageName, protocol, port, password] = process.argv.slice(2);
const { createClient, createClientPool, BasicClientSideCache, BasicPooledClientSideCache, WatchError } = await import(packageName);
// Version 4 names it less of the API: it speaks RESP2 alone, and its pages of keys are not pages.
const isVersion4 = packageName === 'redis4';
const opened = [];

async function connect(more = {}) {
  const { socket, ...others } = more;
  const client = createClient({
    socket: { host: '127.0.0.1', port: Number(port), ...socket },
    password,
    ...(isVersion4 ? {} : { RESP: Number(protocol) }),
    ...others,
  });
  client.on('error', () => {});
  await client.connect();
  opened.push(client);
  return client;
}

const redis = await connect();
const knows = async (command) => (await redis.sendCommand(['COMMAND', 'INFO', command]))[0] !== null;
const [knowsSetInfo, knowsKv] = [await knows('client|setinfo'), await knows('kv.put')];
const tour = new Tour();

tour.step('the connection speaks the protocol asked for', async () => {
  assert.equal(await redis.ping(), 'PONG');
  assert.match(await redis.sendCommand(['CLIENT', 'INFO']), new RegExp(` resp=${protocol}\\b`));
});

// Redis knows it since 7.2.
if (knowsSetInfo)
  tour.step('the handshake names the library', async () => {
    assert.match(await redis.sendCommand(['CLIENT', 'INFO']), / lib-name=node-redis\S* lib-ver=\d/);
  });

tour.step('name and database are set on connecting', async () => {
  const named = await connect({ name: 'tour', database: 3 });
  assert.equal(await named.clientGetName(), 'tour');
  assert.match(await named.sendCommand(['CLIENT', 'INFO']), / db=3 /);
  await named.set('in-three', '1');
  assert.equal(await redis.exists('in-three'), 0);
  await named.flushDb();
});

tour.step('set and get', async () => {
  assert.equal(await redis.set('s', 'value'), 'OK');
  assert.equal(await redis.get('s'), 'value');
  assert.equal(await redis.get('none'), null);
  assert.equal(await redis.set('s', 'other', { NX: true }), null);
  assert.equal(await redis.set('s', 'other', { XX: true, GET: true }), 'value');
  assert.equal(await redis.set('s', 'third', { EX: 100 }), 'OK');
  assert.equal(await redis.ttl('s'), 100);
  assert.equal(await redis.set('s', 'fourth', { KEEPTTL: true }), 'OK');
  assert.ok((await redis.pTTL('s')) > 90_000);
  assert.equal(await redis.getEx('s', isVersion4 ? { PERSIST: true } : { type: 'PERSIST' }), 'fourth');
  assert.equal(await redis.ttl('s'), -1);
  assert.equal(await redis.getDel('s'), 'fourth');
  assert.equal(await redis.setEx('s', 60, 'a'), 'OK');
  assert.equal(await redis.pSetEx('s', 60_000, 'b'), 'OK');
  assert.equal(Number(await redis.setNX('s', 'c')), 0);
  assert.equal(await redis.getSet('s', 'd'), 'b');
});

tour.step('expiry', async () => {
  await redis.set('brief', 'x', { PX: 20 });
  await until(async () => (await redis.get('brief')) === null, 'expiry');
  await redis.set('e', 'x');
  assert.equal(Number(await redis.expire('e', 100)), 1);
  assert.equal(Number(await redis.expire('e', 50, 'GT')), 0);
  const at = Math.floor(Date.now() / 1000) + 1000;
  assert.equal(Number(await redis.expireAt('e', at)), 1);
  assert.equal(await redis.expireTime('e'), at);
  assert.equal(Number(await redis.persist('e')), 1);
});

tour.step('numbers', async () => {
  assert.equal(await redis.incr('n'), 1);
  assert.equal(await redis.incrBy('n', 41), 42);
  assert.equal(await redis.decrBy('n', 2), 40);
  assert.equal(await redis.incrByFloat('n', 0.5), '40.5');
  await assert.rejects(redis.incr('n'), { message: 'ERR value is not an integer or out of range' });
});

tour.step('parts of values and bits', async () => {
  await redis.set('p', 'Hello');
  assert.equal(await redis.append('p', ' World'), 11);
  assert.equal(await redis.getRange('p', 6, -1), 'World');
  assert.equal(await redis.setRange('p', 6, 'Redis'), 11);
  assert.equal(await redis.strLen('p'), 11);
  assert.equal(await redis.setBit('bits', 7, 1), 0);
  assert.equal(await redis.bitCount('bits'), 1);
  assert.equal(await redis.bitOp('NOT', 'not', 'bits'), 1);
  assert.equal(await redis.bitPos('not', 0), 7);
  assert.deepEqual(await redis.bitField('field', [{ operation: 'INCRBY', encoding: 'u8', offset: 0, increment: 200 }, { operation: 'GET', encoding: 'u4', offset: 0 }]), [200, 12]);
});

tour.step('several keys', async () => {
  assert.equal(await redis.mSet({ 'm:1': 'a', 'm:2': 'b' }), 'OK');
  assert.deepEqual(await redis.mGet(['m:1', 'm:none', 'm:2']), ['a', null, 'b']);
  assert.equal(Number(await redis.mSetNX([['m:1', 'x'], ['m:4', 'y']])), 0);
  assert.equal(await redis.del(['m:1', 'm:none']), 1);
  assert.equal(await redis.unlink('m:2'), 1);
});

tour.step('binary values', async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  await redis.set(bytes, bytes);
  const asBuffer = isVersion4
    ? await redis.get((await import('redis4')).commandOptions({ returnBuffers: true }), bytes)
    : await redis.withTypeMapping({ [(await import(packageName)).RESP_TYPES.BLOB_STRING]: Buffer }).get(bytes);
  assert.deepEqual(asBuffer, bytes);
});

tour.step('a value of a megabyte, and many at once', async () => {
  const megabyte = 'm'.repeat(1 << 20);
  await redis.set('big', megabyte);
  const all = await Promise.all(Array.from({ length: 16 }, () => redis.get('big')));
  assert.ok(all.every((value) => value === megabyte));
});

tour.step('ten thousand commands at once', async () => {
  const replies = await Promise.all(Array.from({ length: 10_000 }, (_, i) => redis.set(`pipe:${i}`, `${i}`)));
  assert.ok(replies.every((reply) => reply === 'OK'));
  assert.equal(await redis.get('pipe:9999'), '9999');
});

tour.step('scanIterator gives every key', async () => {
  const keys = new Set();
  for await (const page of redis.scanIterator({ MATCH: 'pipe:*', COUNT: 500 })) [page].flat().forEach((key) => keys.add(key));
  assert.equal(keys.size, 10_000);
  const typed = [];
  for await (const page of redis.scanIterator({ MATCH: 'pipe:1', TYPE: 'string' })) typed.push(...[page].flat());
  assert.deepEqual(typed, ['pipe:1']);
  assert.equal((await redis.keys('pipe:1?')).length, 10);
});

tour.step('multi', async () => {
  assert.deepEqual(await redis.multi().set('t', '1').incr('t').get('t').exec(), ['OK', 2, '2']);
  assert.deepEqual(await redis.multi().set('t', '1').incr('t').execAsPipeline(), ['OK', 2]);
  const replies = await redis.multi().set('t', 'text').incr('t').exec().catch((error) => error.replies);
  assert.match(replies[1].message, /not an integer/);
  await assert.rejects(redis.multi().addCommand(['GET']).exec(), /EXECABORT|wrong number of arguments/);
});

tour.step('watch sees the write of another', async () => {
  const watcher = await connect();
  await watcher.watch('w');
  await redis.set('w', 'theirs');
  await assert.rejects(watcher.multi().set('w', 'mine').exec(), WatchError);
  assert.equal(await redis.get('w'), 'theirs');
  await watcher.watch('w');
  assert.deepEqual(await watcher.multi().set('w', 'mine').exec(), ['OK']);
});

tour.step('isolated execution', async () => {
  const watched = async (client) => {
    await client.watch('pool');
    return client.multi().set('pool', '1').get('pool').exec();
  };
  if (isVersion4) return assert.deepEqual(await redis.executeIsolated(watched), ['OK', '1']);
  const pool = createClientPool({ socket: { host: '127.0.0.1', port: Number(port) }, password, RESP: Number(protocol) }, { minimum: 1, maximum: 4 });
  await pool.connect();
  assert.deepEqual(await pool.execute(watched), ['OK', '1']);
  const values = await Promise.all(Array.from({ length: 100 }, () => pool.incr('pooled')));
  assert.equal(Math.max(...values), 100);
  await pool.close();
});

tour.step('subscriptions', async () => {
  const subscriber = await connect();
  const messages = [];
  await subscriber.subscribe('news', (message, channel) => messages.push([channel, message]));
  await subscriber.pSubscribe('ne?s', (message, channel) => messages.push(['pattern', channel, message]));
  assert.equal(await redis.publish('news', 'hello'), 2);
  await until(() => messages.length === 2, 'messages');
  assert.deepEqual(messages.sort((a, b) => a.length - b.length), [['news', 'hello'], ['pattern', 'news', 'hello']]);
  assert.deepEqual(await redis.pubSubChannels('new*'), ['news']);
  assert.equal((await redis.pubSubNumSub(['news'])).news, 1);
  await subscriber.unsubscribe('news');
  await subscriber.pUnsubscribe('ne?s');
  assert.equal(await redis.publish('news', 'nobody'), 0);
  // Version 6 gives it as bytes after RESP2 subscriptions.
  assert.equal(String(await subscriber.set('after', 'subscriptions')), 'OK');
});

if (protocol === '3')
  tour.step('a subscriber goes on with commands', async () => {
    const subscriber = await connect();
    await subscriber.subscribe('while', () => {});
    assert.equal(await subscriber.set('while', 'subscribed'), 'OK');
    assert.equal(await subscriber.get('while'), 'subscribed');
  });

tour.step('dump and restore', async () => {
  await redis.set('d', 'dumped');
  const options = isVersion4 ? (await import('redis4')).commandOptions({ returnBuffers: true }) : null;
  const dump = isVersion4 ? await redis.dump(options, 'd') : await redis.withTypeMapping({ [(await import(packageName)).RESP_TYPES.BLOB_STRING]: Buffer }).dump('d');
  assert.equal(await redis.restore('d2', 0, dump), 'OK');
  assert.equal(await redis.get('d2'), 'dumped');
  await assert.rejects(redis.restore('d2', 0, dump), /BUSYKEY/);
});

tour.step('keys', async () => {
  await redis.set('r', '1');
  assert.equal(await redis.rename('r', 'r2'), 'OK');
  assert.equal(Number(await redis.copy('r2', 'r3')), 1);
  assert.equal(await redis.type('r3'), 'string');
  assert.equal(await redis.objectEncoding('r3'), 'int');
  assert.equal(Number(await redis.move('r3', 5)), 1);
  await assert.rejects(redis.rename('none', 'r'), { message: 'ERR no such key' });
  assert.equal(await redis.touch('r2'), 1);
  assert.ok((await redis.memoryUsage('r2')) > 0);
});

tour.step('configuration and information', async () => {
  assert.deepEqual({ ...(await redis.configGet('maxmemory-samples')) }, { 'maxmemory-samples': '5' });
  assert.equal(await redis.configSet('maxmemory-samples', '6'), 'OK');
  assert.equal(await redis.configSet({ 'maxmemory-samples': '5' }), 'OK');
  assert.match(await redis.info('memory'), /maxmemory_policy:/);
  assert.ok((await redis.clientList()).length >= 1);
  assert.ok(Number((await redis.clientInfo()).id) > 0);
  assert.ok((await redis.commandCount()) > 100);
});

tour.step('errors', async () => {
  await assert.rejects(redis.sendCommand(['nosuch', 'a']), { message: "ERR unknown command 'nosuch', with args beginning with: 'a' " });
  await assert.rejects(redis.sendCommand(['get']), { message: "ERR wrong number of arguments for 'get' command" });
});

if (knowsKv)
  tour.step('KV commands', async () => {
    assert.equal(await redis.sendCommand(['KV.PUT', 'kv', 'v', 'META', '{"a":1}']), 'OK');
    const entry = await redis.sendCommand(['KV.GETMETA', 'kv']);
    const fields = protocol === '3' ? { ...entry } : Object.fromEntries(Array.from({ length: entry.length / 2 }, (_, i) => [entry[2 * i], entry[2 * i + 1]]));
    assert.equal(fields.value, 'v');
    assert.equal(fields.metadata, '{"a":1}');
  });

tour.step('the client comes back after it was killed', async () => {
  const client = await connect({ name: 'killed', socket: { reconnectStrategy: () => 1 } });
  const id = await client.clientId();
  await redis.sendCommand(['CLIENT', 'KILL', 'ID', String(id)]);
  await until(async () => (await client.clientId().catch(() => id)) !== id, 'reconnection');
  assert.equal(await client.clientGetName(), 'killed');
});

tour.step('flush', async () => {
  assert.ok((await redis.dbSize()) > 10_000);
  assert.equal(await redis.flushAll(), 'OK');
  assert.equal(await redis.dbSize(), 0);
});

// Its cache at the client needs RESP3, by which the server tells it what has changed.
if (Number(protocol) === 3) {
  tour.step('what a client remembers is forgotten when another changes it', async () => {
    const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 100 });
    const client = await connect({ clientSideCache: cache });
    await redis.set('tracked', 'old');
    await redis.hSet('tracked:hash', { a: '1' });
    assert.deepEqual([await client.get('tracked'), await client.get('tracked'), await client.hGetAll('tracked:hash'), await client.hGetAll('tracked:hash')].map((v) => JSON.stringify(v)), ['"old"', '"old"', '{"a":"1"}', '{"a":"1"}']);
    assert.deepEqual([cache.stats().hitCount, cache.stats().missCount], [2, 2]);
    await redis.set('tracked', 'new');
    await until(async () => (await client.get('tracked')) === 'new', 'the new value is seen');
    await redis.hSet('tracked:hash', 'a', '2');
    await until(async () => (await client.hGetAll('tracked:hash')).a === '2', 'the new hash is seen');
    await redis.set('tracked', 'brief', { PX: 30 });
    await until(async () => (await client.get('tracked')) === null, 'the expiry is seen');
    await redis.set('tracked', 'flushed');
    await until(async () => (await client.get('tracked')) === 'flushed', 'the value is seen');
    await redis.flushDb();
    await until(async () => (await client.get('tracked')) === null, 'the flush is seen');
  });

  tour.step('clients of a pool share what they remember', async () => {
    const cache = new BasicPooledClientSideCache({ ttl: 0, maxEntries: 100 });
    const pool = createClientPool({ socket: { host: '127.0.0.1', port: Number(port) }, password, RESP: 3 }, { clientSideCache: cache, minimum: 2, maximum: 2 });
    pool.on('error', () => {});
    await pool.connect();
    await redis.set('tracked:pooled', 'old');
    assert.deepEqual(await Promise.all(Array.from({ length: 10 }, () => pool.get('tracked:pooled'))), Array(10).fill('old'));
    assert.equal(await pool.get('tracked:pooled'), 'old');
    assert.ok(cache.stats().hitCount >= 1);
    await redis.set('tracked:pooled', 'new');
    await until(async () => (await pool.get('tracked:pooled')) === 'new', 'the new value is seen');
    await pool.close();
    await redis.flushDb();
  });
}

await tour.run();
await Promise.all(opened.map((client) => client.quit()));
