// Requests per second, and CPU per request, of GET and PUT: over HTTP and over RESP straight to RespKv, and from a Worker whose KV is kept by RespKv or by Miniflare. One load program, in turns
// within one run: node bench.mjs <respkv.dll> [seconds of each turn] [rounds]. See docs/benchmarks.md.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { here, startMiniflare, startWorkerd } from './runtimes.mjs';

const [, , dll, seconds = '3', rounds = '3'] = process.argv;
const connections = 50;
const keys = 1000;
const value = 'v'.repeat(100);
const ticksPerSecond = 100;

// User and system time of a process and those that it has started, in microseconds.
function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /, '').split(' ');
  const own = ((Number(fields[11]) + Number(fields[12])) * 1e6) / ticksPerSecond;
  return own + childrenOf(pid).reduce((sum, child) => sum + cpuOf(child), 0);
}

const childrenOf = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter(Boolean).map(Number);

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

// Each protocol says what a request is, and how long the answer at the beginning of a buffer is: 0 while it is not whole.
const httpAnswer = (ok) => (buffer) => {
  const end = buffer.indexOf('\r\n\r\n', 0, 'latin1');
  if (end < 0) return 0;
  const head = buffer.latin1Slice(0, end).toLowerCase();
  if (!head.startsWith(`http/1.1 ${ok}`)) throw new Error(buffer.latin1Slice(0, 500));
  const at = head.indexOf('content-length: ');
  const length = at < 0 ? chunkedLength(buffer, end + 4) : Number.parseInt(head.slice(at + 16), 10);
  return length < 0 || buffer.length < end + 4 + length ? 0 : end + 4 + length;
};

function chunkedLength(buffer, begin) {
  const end = buffer.indexOf('0\r\n\r\n', begin, 'latin1');
  return end < 0 ? -1 : end + 5 - begin;
}

const respAnswer = (ok) => (buffer) => {
  const end = buffer.indexOf('\r\n', 0, 'latin1');
  if (end < 0) return 0;
  if (buffer[0] !== ok.charCodeAt(0)) throw new Error(buffer.latin1Slice(0, 500));
  const whole = ok === '$' ? end + 4 + Number.parseInt(buffer.latin1Slice(1, end), 10) : end + 2;
  return buffer.length < whole ? 0 : whole;
};

const key = (i) => `key:${i % keys}`;
const direct = (method, i) => `${method} /${key(i)}?urlencoded=true HTTP/1.1\r\nHost: fake-host\r\n${method === 'PUT' ? `Content-Length: ${value.length}\r\n\r\n${value}` : '\r\n'}`;
const throughWorker = (what, i) => (what === 'put' ? `POST /put?key=${key(i)} HTTP/1.1\r\nHost: w\r\nContent-Length: ${value.length}\r\n\r\n${value}` : `GET /get?key=${key(i)} HTTP/1.1\r\nHost: w\r\n\r\n`);
const resp = (...words) => `*${words.length}\r\n${words.map((w) => `$${w.length}\r\n${w}\r\n`).join('')}`;

function run(port, request, answerLength) {
  return new Promise((resolve, reject) => {
    let [count, isOver, open] = [0, false, connections];
    const began = process.hrtime.bigint();
    setTimeout(() => (isOver = true), Number(seconds) * 1000);
    for (let c = 0; c < connections; c++) {
      const socket = net.connect(port, '127.0.0.1').setNoDelay(true);
      let [received, next] = [Buffer.alloc(0), c * 7919];
      const send = () => socket.write(request(next++), 'latin1');
      socket.on('connect', send).on('error', reject).on('data', (data) => {
        received = received.length === 0 ? data : Buffer.concat([received, data]);
        try {
          const length = answerLength(received);
          if (length === 0) return;
          received = received.subarray(length);
        } catch (error) {
          reject(error);
          return;
        }
        count++;
        if (!isOver) {
          send();
          return;
        }
        socket.destroy();
        if (--open === 0) resolve({ count, seconds: Number(process.hrtime.bigint() - began) / 1e9 });
      });
    }
  });
}

const [respPort, httpPort] = [await freePort(), await freePort()];
const respkv = spawn('dotnet', [dll, '--port', `${respPort}`, '--http-port', `${httpPort}`, '--persistence', 'off'], { stdio: ['ignore', 'pipe', 'inherit'] });
await new Promise((resolve) => respkv.stdout.on('data', (text) => String(text).includes('Serving HTTP') && resolve()));
const worker = await startWorkerd(here('tour.capnp'), `127.0.0.1:${httpPort}`);
const miniflare = await startMiniflare('tour.worker.js');
const [workerPort, miniflarePort] = [worker.url, miniflare.url].map((url) => Number(new URL(url).port));
const [workerd, miniflareWorkerd] = childrenOf(process.pid).filter((pid) => pid !== respkv.pid);

const turns = [
  ['PUT, straight to the front', httpPort, (i) => direct('PUT', i), httpAnswer('200'), [respkv.pid]],
  ['GET, straight to the front', httpPort, (i) => direct('GET', i), httpAnswer('200'), [respkv.pid]],
  ['SET over RESP', respPort, (i) => resp('SET', key(i), value), respAnswer('+'), [respkv.pid]],
  ['GET over RESP', respPort, (i) => resp('GET', key(i)), respAnswer('$'), [respkv.pid]],
  ['a Worker that puts, KV in RespKv', workerPort, (i) => throughWorker('put', i), httpAnswer('200'), [respkv.pid, workerd]],
  ['a Worker that gets, KV in RespKv', workerPort, (i) => throughWorker('get', i), httpAnswer('200'), [respkv.pid, workerd]],
  ['a Worker that puts, KV in Miniflare', miniflarePort, (i) => throughWorker('put', i), httpAnswer('200'), [miniflareWorkerd]],
  ['a Worker that gets, KV in Miniflare', miniflarePort, (i) => throughWorker('get', i), httpAnswer('200'), [miniflareWorkerd]],
];

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const results = turns.map(() => []);
try {
  for (let round = 0; round <= Number(rounds); round++) {
    for (const [i, [, port, request, answerLength, pids]] of turns.entries()) {
      const before = pids.map(cpuOf);
      const { count, seconds: took } = await run(port, request, answerLength);
      const cpu = pids.map((pid, p) => (cpuOf(pid) - before[p]) / count);
      // The first round warms up, and writes the keys.
      if (round > 0) results[i].push({ perSecond: count / took, cpu });
    }
  }
  console.log('| | requests/s | CPU us/request: RespKv | workerd |\n|---|---:|---:|---:|');
  for (const [i, [name, , , , pids]] of turns.entries()) {
    const of = (pid) => (pids.includes(pid) ? median(results[i].map((r) => r.cpu[pids.indexOf(pid)])).toFixed(1) : '');
    console.log(`| ${name} | ${Math.round(median(results[i].map((r) => r.perSecond))).toLocaleString('en')} | ${of(respkv.pid)} | ${of(workerd) || of(miniflareWorkerd)} |`);
  }
} finally {
  await worker.stop();
  await miniflare.dispose?.();
  respkv.kill();
}
process.exit();
