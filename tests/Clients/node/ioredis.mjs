// A tour of ioredis: node ioredis.mjs PACKAGE PROTOCOL PORT [PASSWORD]
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Tour, until } from './tour.mjs';

const [packageName, protocol, port, password] = process.argv.slice(2);
const { Redis } = await import(packageName);
// Version 5 speaks RESP2 alone and does not know the option.
const options = { host: '127.0.0.1', port: Number(port), password, protocol: Number(protocol), retryStrategy: null };
const connect = (more = {}) => new Redis({ ...options, ...more });
const redis = connect();
const knowsSetInfo = (await redis.command('INFO', 'client|setinfo'))[0] !== null;
const knowsKv = (await redis.command('INFO', 'kv.put'))[0] !== null;
const tour = new Tour();
const closed = [];

function other(more) {
  const client = connect(more);
  closed.push(client);
  return client;
}

tour.step('the ready check accepts INFO', async () => {
  if (redis.status !== 'ready') await once(redis, 'ready');
  assert.equal(await redis.ping(), 'PONG');
  assert.match(await redis.info('server'), /redis_mode:standalone/);
});

tour.step('the connection speaks the protocol asked for', async () => {
  assert.match(await redis.client('INFO'), new RegExp(` resp=${protocol}\\b`));
});

// Redis knows it since 7.2.
if (knowsSetInfo)
  tour.step('the handshake names the library', async () => {
    assert.match(await redis.client('INFO'), / lib-name=ioredis\S* /);
  });

tour.step('connectionName and db are set on connecting', async () => {
  const named = other({ connectionName: 'tour', db: 3 });
  assert.equal(await named.client('GETNAME'), 'tour');
  assert.match(await named.client('INFO'), / db=3 /);
  await named.set('in-three', '1');
  assert.equal(await redis.exists('in-three'), 0);
  await named.flushdb();
});

tour.step('set and get', async () => {
  assert.equal(await redis.set('s', 'value'), 'OK');
  assert.equal(await redis.get('s'), 'value');
  assert.equal(await redis.get('none'), null);
  assert.equal(await redis.set('s', 'other', 'NX'), null);
  assert.equal(await redis.set('s', 'other', 'XX', 'GET'), 'value');
  assert.equal(await redis.set('s', 'third', 'EX', 100), 'OK');
  assert.equal(await redis.ttl('s'), 100);
  assert.equal(await redis.set('s', 'fourth', 'KEEPTTL'), 'OK');
  assert.ok((await redis.pttl('s')) > 90_000);
  assert.equal(await redis.getex('s', 'PERSIST'), 'fourth');
  assert.equal(await redis.ttl('s'), -1);
  assert.equal(await redis.getdel('s'), 'fourth');
  assert.equal(await redis.setex('s', 60, 'a'), 'OK');
  assert.equal(await redis.psetex('s', 60_000, 'b'), 'OK');
  assert.equal(await redis.setnx('s', 'c'), 0);
  assert.equal(await redis.getset('s', 'd'), 'b');
});

tour.step('a key ends at its time', async () => {
  await redis.set('brief', 'x', 'PX', 20);
  await until(async () => (await redis.get('brief')) === null, 'expiry');
  assert.equal(await redis.exists('brief'), 0);
  assert.equal(await redis.ttl('brief'), -2);
});

tour.step('numbers', async () => {
  assert.equal(await redis.incr('n'), 1);
  assert.equal(await redis.incrby('n', 41), 42);
  assert.equal(await redis.decrby('n', 2), 40);
  assert.equal(await redis.incrbyfloat('n', 0.5), '40.5');
  await assert.rejects(redis.incr('n'), { message: 'ERR value is not an integer or out of range' });
});

tour.step('parts of values', async () => {
  assert.equal(await redis.set('p', 'Hello'), 'OK');
  assert.equal(await redis.append('p', ' World'), 11);
  assert.equal(await redis.getrange('p', 6, -1), 'World');
  assert.equal(await redis.setrange('p', 6, 'Redis'), 11);
  assert.equal(await redis.strlen('p'), 11);
  assert.equal(await redis.get('p'), 'Hello Redis');
  assert.equal(await redis.setbit('bits', 7, 1), 0);
  assert.equal(await redis.bitcount('bits'), 1);
});

tour.step('binary keys and values', async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  await redis.set(bytes, bytes);
  assert.deepEqual(await redis.getBuffer(bytes), bytes);
  assert.deepEqual(await redis.getdelBuffer(bytes), bytes);
});

tour.step('a value of a megabyte, and many at once', async () => {
  const megabyte = 'm'.repeat(1 << 20);
  await redis.set('big', megabyte);
  const all = await Promise.all(Array.from({ length: 16 }, () => redis.get('big')));
  assert.ok(all.every((value) => value === megabyte));
});

tour.step('several keys, with objects and maps', async () => {
  assert.equal(await redis.mset({ 'm:1': 'a', 'm:2': 'b' }), 'OK');
  assert.equal(await redis.mset(new Map([['m:3', 'c']])), 'OK');
  assert.deepEqual(await redis.mget('m:1', 'm:2', 'm:none', 'm:3'), ['a', 'b', null, 'c']);
  assert.equal(await redis.msetnx('m:1', 'x', 'm:4', 'y'), 0);
  assert.equal(await redis.del('m:1', 'm:none'), 1);
  assert.equal(await redis.unlink('m:2', 'm:3'), 2);
});

tour.step('keyPrefix prefixes keys', async () => {
  const prefixed = other({ keyPrefix: 'app:' });
  await prefixed.set('k', 'v');
  assert.equal(await redis.get('app:k'), 'v');
  assert.deepEqual(await prefixed.mget('k', 'k2'), ['v', null]);
});

tour.step('a pipeline of ten thousand, an error among them', async () => {
  const pipeline = redis.pipeline();
  for (let i = 0; i < 10_000; i++) pipeline.set(`pipe:${i}`, i);
  pipeline.incr('p');
  pipeline.get('pipe:9999');
  const results = await pipeline.exec();
  assert.equal(results.length, 10_002);
  assert.ok(results.slice(0, 10_000).every(([error, reply]) => error === null && reply === 'OK'));
  assert.match(results[10_000][0].message, /not an integer/);
  assert.deepEqual(results[10_001], [null, '9999']);
});

tour.step('enableAutoPipelining', async () => {
  const piped = other({ enableAutoPipelining: true });
  const replies = await Promise.all(Array.from({ length: 1000 }, (_, i) => piped.get(`pipe:${i}`)));
  assert.deepEqual(replies, Array.from({ length: 1000 }, (_, i) => `${i}`));
});

tour.step('scanStream gives every key', async () => {
  const keys = new Set();
  for await (const page of redis.scanStream({ match: 'pipe:*', count: 500 })) page.forEach((key) => keys.add(key));
  assert.equal(keys.size, 10_000);
  const typed = [];
  for await (const page of redis.scanStream({ match: 'pipe:1', type: 'string' })) typed.push(...page);
  assert.deepEqual(typed, ['pipe:1']);
  assert.deepEqual((await redis.keys('pipe:1?')).length, 10);
});

tour.step('multi, with and without a pipeline', async () => {
  const results = await redis.multi().set('t', '1').incr('t').get('t').exec();
  assert.deepEqual(results, [[null, 'OK'], [null, 2], [null, '2']]);
  await redis.multi({ pipeline: false });
  assert.equal(await redis.set('t', '5'), 'QUEUED');
  assert.deepEqual(await redis.exec(), [[null, 'OK']]);
  const failed = await redis.multi().set('t', 'text').incr('t').exec();
  assert.match(failed[1][0].message, /not an integer/);
  await assert.rejects(redis.multi().set('t').exec(), /EXECABORT/);
});

tour.step('watch sees the write of another', async () => {
  const watcher = other();
  await watcher.watch('w');
  await redis.set('w', 'theirs');
  assert.equal(await watcher.multi().set('w', 'mine').exec(), null);
  assert.equal(await redis.get('w'), 'theirs');
  await watcher.watch('w');
  await watcher.unwatch();
  await redis.set('w', 'again');
  assert.deepEqual(await watcher.multi().set('w', 'mine').exec(), [[null, 'OK']]);
});

tour.step('subscriptions', async () => {
  const subscriber = other();
  const messages = [];
  subscriber.on('message', (channel, message) => messages.push([channel, message]));
  subscriber.on('pmessage', (pattern, channel, message) => messages.push([pattern, channel, message]));
  assert.equal(await subscriber.subscribe('news', 'more'), 2);
  assert.equal(await subscriber.psubscribe('ne?s'), 3);
  // PING has no reply of its own here in version 6 with RESP3: it is taken for a message.
  if (protocol === '2') assert.deepEqual(await subscriber.ping('x'), ['pong', 'x']);
  assert.equal(await redis.publish('news', 'hello'), 2);
  await until(() => messages.length === 2, 'messages');
  assert.deepEqual(messages.sort((a, b) => a.length - b.length), [['news', 'hello'], ['ne?s', 'news', 'hello']]);
  assert.deepEqual(await redis.pubsub('NUMSUB', 'news'), ['news', 1]);
  assert.equal(await subscriber.unsubscribe('news', 'more'), 1);
  assert.equal(await subscriber.punsubscribe('ne?s'), 0);
  assert.equal(await subscriber.set('after', 'subscriptions'), 'OK');
});

tour.step('monitor', async () => {
  const monitor = await redis.monitor();
  closed.push(monitor);
  const seen = once(monitor, 'monitor');
  await redis.set('seen', 'by the monitor');
  assert.deepEqual((await seen)[1], ['set', 'seen', 'by the monitor']);
});

tour.step('dump and restore', async () => {
  await redis.set('d', 'dumped');
  const dump = await redis.dumpBuffer('d');
  assert.equal(await redis.restore('d2', 0, dump), 'OK');
  assert.equal(await redis.get('d2'), 'dumped');
  await assert.rejects(redis.restore('d2', 0, dump), /BUSYKEY/);
});

tour.step('rename, copy, move, type and object', async () => {
  await redis.set('r', '1');
  assert.equal(await redis.rename('r', 'r2'), 'OK');
  assert.equal(await redis.copy('r2', 'r3'), 1);
  assert.equal(await redis.type('r3'), 'string');
  assert.equal(await redis.object('ENCODING', 'r3'), 'int');
  assert.equal(await redis.move('r3', 5), 1);
  assert.equal(await redis.exists('r3'), 0);
  await assert.rejects(redis.rename('none', 'r'), { message: 'ERR no such key' });
});

tour.step('an unknown command and wrong arguments', async () => {
  await assert.rejects(redis.call('nosuch', 'a'), { message: "ERR unknown command 'nosuch', with args beginning with: 'a' " });
  await assert.rejects(redis.call('get'), { message: "ERR wrong number of arguments for 'get' command" });
});

if (knowsKv)
  tour.step('KV commands', async () => {
    assert.equal(await redis.call('KV.PUT', 'kv', 'v', 'META', '{"a":1}'), 'OK');
    assert.equal(await redis.get('kv'), 'v');
    const entry = await redis.call('KV.GETMETA', 'kv');
    assert.deepEqual(entry.slice(0, 4), ['value', 'v', 'metadata', '{"a":1}']);
  });

tour.step('a command that waits for a reconnection is not lost', async () => {
  const client = other({ retryStrategy: () => 1 });
  const id = await client.client('ID');
  assert.equal(await redis.client('KILL', 'ID', id), 1);
  assert.equal(await client.get('s'), 'd');
  assert.notEqual(await client.client('ID'), id);
});

tour.step('flushdb and quit', async () => {
  assert.ok((await redis.dbsize()) > 10_000);
  assert.equal(await redis.flushall(), 'OK');
  assert.equal(await redis.dbsize(), 0);
  assert.equal(await redis.quit(), 'OK');
});

await tour.run();
closed.forEach((client) => client.disconnect());
