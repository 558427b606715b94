// socket.io with its Redis adapters and emitter, two web servers: node socket-io.mjs PACKAGE PROTOCOL PORT [PASSWORD]
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import { Emitter } from '@socket.io/redis-emitter';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { Tour, until } from './tour.mjs';

const [packageName, protocol, port, password] = process.argv.slice(2);
const isIoredis = packageName.startsWith('ioredis');
const library = await import(packageName);
const tour = new Tour();

async function connect() {
  if (isIoredis) return new library.Redis({ host: '127.0.0.1', port: Number(port), password, protocol: Number(protocol), retryStrategy: null });
  const client = library.createClient({ socket: { host: '127.0.0.1', port: Number(port) }, password, RESP: Number(protocol) });
  client.on('error', () => {});
  await client.connect();
  return client;
}

const publisher = await connect();
const subscribers = async (channel) => isIoredis ? (await publisher.pubsub('NUMSUB', channel))[1] : (await publisher.pubSubNumSub(channel))[channel];

// Two web servers whose rooms are one, and a client at each.
async function play(key, adapterOf, scenario) {
  const [webs, clients, redis] = [[], [], []];
  try {
    for (let i = 0; i < 2; i++) {
      const [pub, sub] = [await connect(), await connect()];
      redis.push(pub, sub);
      const web = createServer();
      const server = new Server(web, { adapter: adapterOf(pub, sub, key) });
      web.listen(0, '127.0.0.1');
      await once(web, 'listening');
      webs.push(server);
      server.on('connection', (socket) => {
        socket.on('join', (room, done) => Promise.resolve(socket.join(room)).then(done));
        socket.on('ask', (question, done) => done(`${question} at ${i}`));
      });
      const client = io(`http://127.0.0.1:${web.address().port}`, { transports: ['websocket'], reconnection: false });
      client.heard = [];
      client.on('say', (text) => client.heard.push(text));
      clients.push(client);
      if (!client.connected) await once(client, 'connect');
    }
    await until(async () => (await webs[0].serverCount?.() ?? await webs[0].of('/').adapter.serverCount()) === 2, 'the web servers know each other');
    await scenario(webs, clients);
  } finally {
    for (const client of clients) client.disconnect();
    for (const web of webs) await web.close();
    for (const client of redis) isIoredis ? client.disconnect() : await client.close();
  }
}

const adapters = {
  'by pattern': (pub, sub, key) => createAdapter(pub, sub, { key }),
  sharded: (pub, sub, key) => createShardedAdapter(pub, sub, { channelPrefix: key, subscriptionMode: 'dynamic' }),
};

for (const [name, adapterOf] of Object.entries(adapters)) {
  tour.step(`what is said at one web server is heard at both, once and in order (${name})`, () => play(`all-${name}`, adapterOf, async (webs, [ada, bob]) => {
    for (let i = 0; i < 50; i++) webs[0].emit('say', `message ${i}`);
    webs[0].emit('say', 'end');
    const expected = [...Array.from({ length: 50 }, (_, i) => `message ${i}`), 'end'];
    await until(() => ada.heard.at(-1) === 'end' && bob.heard.at(-1) === 'end', 'both hear it');
    assert.deepEqual([ada.heard, bob.heard], [expected, expected]);
  }));

  tour.step(`a room has members at both web servers, and others do not hear it (${name})`, () => play(`room-${name}`, adapterOf, async (webs, [ada, bob]) => {
    await bob.emitWithAck('join', 'readers');
    // The other web server learns of a room's channel a moment later.
    await until(async () => (await webs[0].in('readers').fetchSockets()).length === 1, 'the room is known');
    await until(async () => { webs[0].to('readers').emit('say', 'for readers'); return bob.heard.length > 0; }, 'a member hears it');
    webs[0].emit('say', 'for all');
    await until(() => bob.heard.at(-1) === 'for all' && ada.heard.length > 0, 'all hear it');
    assert.deepEqual(ada.heard, ['for all']);
    assert.equal(bob.heard[0], 'for readers');
  }));

  tour.step(`sockets of both web servers are listed, moved and told to go (${name})`, () => play(`sockets-${name}`, adapterOf, async (webs, [ada, bob]) => {
    assert.deepEqual((await webs[0].fetchSockets()).map((s) => s.id).sort(), [ada.id, bob.id].sort());
    webs[0].in(bob.id).socketsJoin('moved');
    await until(async () => (await webs[1].in('moved').fetchSockets()).some((s) => s.id === bob.id), 'the socket joins');
    webs[0].in('moved').disconnectSockets();
    await until(() => bob.disconnected, 'the socket goes');
    assert.ok(ada.connected);
  }));

  tour.step(`clients of both web servers acknowledge, and web servers answer each other (${name})`, () => play(`acks-${name}`, adapterOf, async (webs, clients) => {
    clients.forEach((client, i) => client.on('add', (n, done) => done(n + i)));
    assert.deepEqual((await webs[0].timeout(10_000).emitWithAck('add', 10)).sort(), [10, 11]);
    webs[1].on('question', (text, answer) => answer(`${text}: yes`));
    assert.deepEqual(await webs[0].serverSideEmitWithAck('question', 'there?'), ['there?: yes']);
  }));
}

tour.step('a process without web server speaks through the emitter', () => play('emitter', adapters['by pattern'], async (webs, [ada, bob]) => {
  const emitter = new Emitter(publisher, { key: 'emitter' });
  await bob.emitWithAck('join', 'writers');
  emitter.to('writers').emit('say', 'for writers');
  emitter.emit('say', 'for all');
  await until(() => ada.heard.length === 1 && bob.heard.length === 2, 'all hear it');
  assert.deepEqual([ada.heard, bob.heard], [['for all'], ['for writers', 'for all']]);
}));

tour.step('nobody is left listening', () => until(async () => (await subscribers('socket.io-request#/#')) === 0, 'the subscriptions end'));

await tour.run();
// Timers for acknowledgements that have come would keep the process for ten seconds.
process.exit();
