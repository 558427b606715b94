// Sessions of express-session kept by connect-redis: node express-session.mjs PACKAGE PROTOCOL PORT [PASSWORD]
import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';
import session from 'express-session';
import { RedisStore } from 'connect-redis';
import { Tour, until } from './tour.mjs';

const [packageName, protocol, port, password] = process.argv.slice(2);
const { createClient } = await import(packageName);
const redis = createClient({ socket: { host: '127.0.0.1', port: Number(port) }, password, RESP: Number(protocol) });
redis.on('error', () => {});
await redis.connect();
await redis.flushDb();

const store = new RedisStore({ client: redis, prefix: 'web:', ttl: 600, scanCount: 10 });
const sessions = session({ store, secret: 'keyboard cat', resave: false, saveUninitialized: false, name: 'sid' });

// What an application does with a session, a path for each.
const actions = {
  '/peek': (request) => request.session.visits ?? 0,
  '/visit': (request) => (request.session.visits = (request.session.visits ?? 0) + 1),
  '/shorten': (request) => (request.session.cookie.maxAge = 5000),
  '/renew': (request) => new Promise((resolve, reject) => request.session.regenerate((error) => (error ? reject(error) : resolve((request.session.visits = 100))))),
  '/leave': (request) => new Promise((resolve, reject) => request.session.destroy((error) => (error ? reject(error) : resolve('left')))),
};

const server = http.createServer((request, response) => {
  sessions(request, response, async (error) => {
    try {
      if (error) throw error;
      response.end(String(await actions[request.url](request)));
    } catch (fault) {
      response.statusCode = 500;
      response.end(fault.stack);
    }
  });
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

// A browser: it keeps the cookie that it was given last.
class Browser {
  cookie;

  async get(path) {
    const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { headers: this.cookie ? { cookie: this.cookie } : {} });
    const given = response.headers.get('set-cookie');
    if (given) this.cookie = given.split(';')[0];
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return text;
  }

  get key() {
    return `web:${decodeURIComponent(this.cookie.slice('sid='.length)).slice('s:'.length).split('.')[0]}`;
  }
}

const tour = new Tour();

tour.step('who only looks gets no session', async () => {
  const browser = new Browser();
  assert.equal(await browser.get('/peek'), '0');
  assert.equal(browser.cookie, undefined);
  assert.equal(await redis.dbSize(), 0);
});

tour.step('a session lasts from request to request, and has the TTL of the store', async () => {
  const [ada, bob] = [new Browser(), new Browser()];
  assert.equal(await ada.get('/visit'), '1');
  assert.equal(await ada.get('/visit'), '2');
  assert.equal(await bob.get('/visit'), '1');
  assert.equal(await ada.get('/visit'), '3');
  assert.equal(JSON.parse(await redis.get(ada.key)).visits, 3);
  assert.equal(JSON.parse(await redis.get(bob.key)).visits, 1);
  const ttl = await redis.ttl(ada.key);
  assert.ok(ttl > 590 && ttl <= 600, `${ttl}`);
});

tour.step('a request that changes nothing touches the session: its TTL begins anew', async () => {
  const browser = new Browser();
  await browser.get('/visit');
  await redis.expire(browser.key, 100);
  assert.equal(await browser.get('/peek'), '1');
  assert.ok((await redis.ttl(browser.key)) > 590);
});

tour.step("the cookie's age is the key's TTL", async () => {
  const browser = new Browser();
  await browser.get('/visit');
  await browser.get('/shorten');
  const ttl = await redis.pTTL(browser.key);
  assert.ok(ttl > 0 && ttl <= 6000, `${ttl}`);
});

tour.step('an expired session is gone', async () => {
  const browser = new Browser();
  await browser.get('/visit');
  await redis.pExpire(browser.key, 1);
  await until(async () => (await redis.exists(browser.key)) === 0, 'the session expires');
  assert.equal(await browser.get('/peek'), '0');
});

tour.step('a session that is made anew has another key, and the old one is gone', async () => {
  const browser = new Browser();
  await browser.get('/visit');
  const before = browser.key;
  assert.equal(await browser.get('/renew'), '100');
  assert.notEqual(browser.key, before);
  assert.equal(await redis.exists(before), 0);
  assert.equal(await browser.get('/visit'), '101');
});

tour.step('a session that is destroyed is gone', async () => {
  const browser = new Browser();
  await browser.get('/visit');
  assert.equal(await browser.get('/leave'), 'left');
  assert.equal(await redis.exists(browser.key), 0);
  assert.equal(await browser.get('/peek'), '0');
});

tour.step('all sessions are listed, counted and cleared, and nothing else', async () => {
  await redis.flushDb();
  await redis.set('other', 'stays');
  await redis.set('webby', 'stays');
  for (let i = 0; i < 250; i++) await store.set(`id-${i}`, { number: i, cookie: {} });
  assert.equal(await store.length(), 250);
  assert.deepEqual((await store.ids()).sort(), Array.from({ length: 250 }, (_, i) => `id-${i}`).sort());
  const all = await store.all();
  assert.equal(all.length, 250);
  assert.ok(all.every((one) => one.id === `id-${one.number}`));
  await store.clear();
  assert.equal(await store.length(), 0);
  assert.equal(await redis.dbSize(), 2);
});

await tour.run();
server.close();
server.closeAllConnections();
await redis.close();
