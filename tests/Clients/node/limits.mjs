// A tour of rate limiters and locks, which are scripts: node limits.mjs PACKAGE PROTOCOL PORT [PASSWORD]
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import { RedisStore } from 'rate-limit-redis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import redlockPackage from 'redlock';
import { Tour, until } from './tour.mjs';

const [packageName, protocol, port, password] = process.argv.slice(2);
const { Redis } = await import(packageName);
const Redlock = redlockPackage.default ?? redlockPackage;
const redis = new Redis({ host: '127.0.0.1', port: Number(port), password, protocol: Number(protocol), retryStrategy: null });
const tour = new Tour();

const limiter = (keyPrefix, more = {}) => new RateLimiterRedis({ storeClient: redis, keyPrefix, points: 5, duration: 60, ...more });
const lock = (settings = {}) => new Redlock([redis], { retryCount: 0, ...settings });

tour.step('a rate limiter lets through what is allowed, and no more', async () => {
  const requests = await Promise.allSettled(Array.from({ length: 20 }, () => limiter('burst').consume('user')));
  assert.equal(requests.filter((r) => r.status === 'fulfilled').length, 5);
  const refused = requests.find((r) => r.status === 'rejected').reason;
  assert.equal(refused.remainingPoints, 0);
  assert.ok(refused.msBeforeNext > 0 && refused.msBeforeNext <= 60_000);
});

tour.step('points are counted for each key, and can be given and taken', async () => {
  const points = limiter('points');
  assert.equal((await points.consume('a', 2)).remainingPoints, 3);
  assert.equal((await points.consume('b')).remainingPoints, 4);
  assert.equal((await points.penalty('a')).consumedPoints, 3);
  assert.equal((await points.reward('a', 2)).consumedPoints, 1);
  assert.equal((await points.get('a')).consumedPoints, 1);
  assert.equal(await points.delete('a'), true);
  assert.equal(await points.get('a'), null);
});

tour.step('a limit ends with its time', async () => {
  const brief = limiter('brief', { points: 1, duration: 1 });
  await brief.consume('user');
  await assert.rejects(brief.consume('user'));
  await until(() => brief.consume('user').then(() => true, () => false), 'the limit ends');
});

tour.step('who goes over the limit can be blocked', async () => {
  const strict = limiter('strict', { points: 1, blockDuration: 60 });
  await strict.consume('user');
  const refused = await strict.consume('user').catch((reason) => reason);
  assert.ok(refused.msBeforeNext > 50_000);
});

tour.step('a lock has one owner, who can extend and release it', async () => {
  const mine = await lock().acquire(['locked'], 30_000);
  await assert.rejects(lock().acquire(['locked'], 30_000));
  assert.ok((await redis.pttl('locked')) <= 30_000);
  const extended = await mine.extend(60_000);
  assert.ok((await redis.pttl('locked')) > 30_000);
  await extended.release();
  await (await lock().acquire(['locked'], 30_000)).release();
});

tour.step('a lock on many resources is taken whole or not at all', async () => {
  const one = await lock().acquire(['many:b'], 30_000);
  await assert.rejects(lock().acquire(['many:a', 'many:b'], 30_000));
  assert.equal(await redis.exists('many:a'), 0);
  await one.release();
  await (await lock().acquire(['many:a', 'many:b'], 30_000)).release();
});

tour.step('a lock that is over belongs to the next, and is not released by the last', async () => {
  const first = await lock().acquire(['over'], 30_000);
  await redis.set('over', 'another');
  await assert.rejects(first.release());
  assert.equal(await redis.get('over'), 'another');
});

tour.step('a lock that is waited for is had in turn', async () => {
  const patient = lock({ retryCount: 500, retryDelay: 10 });
  let inside = 0;
  await Promise.all(Array.from({ length: 5 }, () => patient.using(['turns'], 10_000, async () => {
    assert.equal(++inside, 1);
    await redis.ping();
    inside--;
  })));
});

tour.step('requests over the limit of express get 429 and what is left in headers', async () => {
  const app = express();
  app.use(rateLimit({
    windowMs: 60_000, limit: 3, standardHeaders: 'draft-6', legacyHeaders: false,
    store: new RedisStore({ sendCommand: (command, ...words) => redis.call(command, ...words) }),
  }));
  app.get('/', (_, response) => response.send('served'));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const replies = [];
  for (let i = 0; i < 5; i++) replies.push(await fetch(`http://127.0.0.1:${server.address().port}/`));
  server.close();
  assert.deepEqual(replies.map((r) => r.status), [200, 200, 200, 429, 429]);
  assert.deepEqual(replies.map((r) => r.headers.get('ratelimit-remaining')), ['2', '1', '0', '0', '0']);
});

tour.step('a command that is a script is loaded when the server does not know it', async () => {
  redis.defineCommand('addBoth', { numberOfKeys: 2, lua: "return redis.call('INCRBY', KEYS[1], ARGV[1]) + redis.call('INCRBY', KEYS[2], ARGV[1])" });
  assert.equal(await redis.addBoth('sum:a', 'sum:b', 5), 10);
  await redis.script('FLUSH');
  assert.equal(await redis.addBoth('sum:a', 'sum:b', 5), 20);
});

await tour.run();
redis.disconnect();
