// Clients over TLS: node tls.mjs PACKAGE PORT AUTHORITY CERTIFICATE KEY
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Tour } from './tour.mjs';

const [packageName, port, authority, certificate, key] = process.argv.slice(2);
const trust = { ca: readFileSync(authority), servername: 'localhost' };
const own = { cert: readFileSync(certificate), key: readFileSync(key) };
const tour = new Tour();

const isIoredis = packageName.startsWith('ioredis');
const library = await import(packageName);

async function connect(tls) {
  if (isIoredis) {
    const client = new library.Redis({ host: '127.0.0.1', port: Number(port), tls, lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
    client.on('error', () => {});
    await client.connect();
    return client;
  }
  const client = library.createClient({ socket: { host: '127.0.0.1', port: Number(port), tls: true, reconnectStrategy: false, ...tls } });
  client.on('error', () => {});
  await client.connect();
  return client;
}

const redis = await connect({ ...trust, ...own });

tour.step('values of all sizes', async () => {
  for (const size of [1, 5000, 100_000, 3_000_000]) {
    const value = randomBytes(size / 2 + 1).toString('hex').slice(0, size);
    await redis.set('tls', value);
    assert.equal(await redis.get('tls'), value);
  }
});

tour.step('many at once', async () => {
  const numbers = await Promise.all(Array.from({ length: 5000 }, () => redis.incr('tls:n')));
  assert.equal(numbers.at(-1), numbers[0] + 4999);
});

tour.step('without a certificate it is refused', async () => {
  await assert.rejects(async () => {
    const refused = await connect(trust);
    await refused.ping();
  });
});

tour.step('who does not trust the authority refuses the server', async () => {
  await assert.rejects(connect(own));
});

await tour.run();
await (redis.quit ? redis.quit() : redis.close());
