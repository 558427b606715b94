// The rate limits of fastify: node fastify.mjs PACKAGE PROTOCOL PORT [PASSWORD]
import assert from 'node:assert/strict';
import rateLimit from '@fastify/rate-limit';
import createFastify from 'fastify';
import { Tour, until } from './tour.mjs';

const [packageName, protocol, port, password] = process.argv.slice(2);
const { Redis } = await import(packageName);
const redis = new Redis({ host: '127.0.0.1', port: Number(port), password, protocol: Number(protocol), retryStrategy: null });
await redis.flushdb();
const tour = new Tour();

async function open(options) {
  const app = createFastify();
  await app.register(rateLimit, { redis, ...options });
  app.get('/', async () => 'served');
  return app;
}

async function ask(app, times) {
  const replies = [];
  for (let i = 0; i < times; i++) replies.push(await app.inject('/'));
  return replies;
}

tour.step('requests over the limit are refused at every web server', async () => {
  const options = { max: 4, timeWindow: 60_000, nameSpace: 'shared:' };
  const [one, two] = [await open(options), await open(options)];
  const replies = [...(await ask(one, 3)), ...(await ask(two, 3))];
  assert.deepEqual(replies.map((r) => r.statusCode), [200, 200, 200, 200, 429, 429]);
  assert.deepEqual(replies.map((r) => Number(r.headers['x-ratelimit-remaining'])), [3, 2, 1, 0, 0, 0]);
  const [key] = await redis.keys('shared:*');
  const ttl = await redis.pttl(key);
  assert.ok(ttl > 50_000 && ttl <= 60_000, `${ttl}`);
  await one.close();
  await two.close();
});

tour.step('a limit ends with its time', async () => {
  const app = await open({ max: 1, timeWindow: 100, nameSpace: 'brief:' });
  assert.equal((await ask(app, 1))[0].statusCode, 200);
  await until(async () => (await ask(app, 1))[0].statusCode === 200, 'the limit ends');
  await app.close();
});

tour.step('whoever goes on is kept out for longer', async () => {
  const app = await open({ max: 1, timeWindow: 60_000, continueExceeding: true, nameSpace: 'longer:' });
  await ask(app, 1);
  const [key] = await redis.keys('longer:*');
  await redis.pexpire(key, 5_000);
  assert.equal((await ask(app, 1))[0].statusCode, 429);
  assert.ok((await redis.pttl(key)) > 50_000);
  await app.close();
});

await tour.run();
redis.disconnect();
