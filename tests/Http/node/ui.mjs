// Drives the key browser in Chromium as a user would: node ui.mjs <URL of the HTTP front> <token> [program].
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';

const [, , url, token, program = 'chromium'] = process.argv;
const authorization = { Authorization: `Bearer ${token}` };
const profile = await mkdtemp(join(tmpdir(), 'respkv-ui-'));
const chromium = spawn(program, ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
const ended = new Promise((resolve) => chromium.once('exit', resolve));

async function debuggerUrl() {
  let text = '';
  for await (const chunk of chromium.stderr) {
    text += chunk;
    const match = text.match(/DevTools listening on (ws:\S+)/);
    if (match) return match[1];
  }
  throw new Error(`${program} did not start: ${text}`);
}

// The debugger's protocol: a call and its answer have a number.
function connect(socket) {
  let last = 0;
  const waiting = new Map();
  const events = [];
  socket.on('message', (data) => {
    const message = JSON.parse(data);
    if (message.id === undefined) {
      events.push(message);
      return;
    }
    const { resolve, reject } = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) reject(new Error(message.error.message));
    else resolve(message.result);
  });
  const call = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      socket.send(JSON.stringify({ id: last, method, params, sessionId }));
    });
  return { call, events };
}

async function put(key, value, headers = {}) {
  const response = await fetch(`${url}/${encodeURIComponent(key)}?urlencoded=true`, { method: 'PUT', body: value, headers: { ...authorization, ...headers } });
  assert.equal(response.status, 200);
}

async function get(key) {
  const response = await fetch(`${url}/${encodeURIComponent(key)}?urlencoded=true`, { headers: authorization });
  return response.status === 404 ? null : await response.text();
}

async function bytesOf(key) {
  const response = await fetch(`${url}/${encodeURIComponent(key)}?urlencoded=true`, { headers: authorization });
  return [...new Uint8Array(await response.arrayBuffer())];
}

try {
  const evil = '<img src=x onerror="document.title=\'owned\'">';
  await put(evil, evil, { 'CF-KV-Metadata': JSON.stringify({ evil }) });
  await put('json', '{"a":[1,2]}');
  await put('bytes', new Uint8Array([0, 255, 65]));
  await put('lines', 'one\r\ntwo');
  await put('mixed', 'one\r\ntwo\n');
  await put('line\nend', 'end');
  await put('lineend', 'other');
  await put('left\u202eright', 'x');
  for (let i = 0; i < 120; i++) await put(`page:${String(i).padStart(3, '0')}`, 'x');

  const socket = new WebSocket(await debuggerUrl());
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const { call, events } = connect(socket);
  const { targetId } = await call('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await call('Target.attachToTarget', { targetId, flatten: true });
  await call('Runtime.enable', {}, sessionId);
  await call('Log.enable', {}, sessionId);
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await call('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId);
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  const until = async (expression) => {
    const end = Date.now() + 10_000;
    while (!(await evaluate(`Boolean(${expression})`).catch(() => false))) {
      if (Date.now() > end) throw new Error(`it did not come about: ${expression}\n${await evaluate('document.body.innerText')}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const el = (id) => `document.getElementById('${id}')`;
  const fill = (id, value) => evaluate(`${el(id)}.value = ${JSON.stringify(value)}; ${el(id)}.dispatchEvent(new Event('change'))`);
  const click = (id) => evaluate(`${el(id)}.click()`);
  const open = (key) => evaluate(`[...document.querySelectorAll('[data-key]')].find((b) => b.dataset.key === ${JSON.stringify(key)}).click()`);
  const keys = () => evaluate("[...document.querySelectorAll('[data-key]')].map((b) => b.dataset.key)");

  await call('Page.navigate', { url: `${url}/ui` }, sessionId);
  await until(`${el('fault')} && !${el('fault')}.hidden && ${el('fault')}.textContent === 'Unauthorized'`);
  console.log('it asks for the token');

  await fill('token', token);
  await until("document.querySelectorAll('[data-key]').length === 100");
  await click('more');
  await until("document.querySelectorAll('[data-key]').length === 128");
  assert.equal(new Set(await keys()).size, 128);
  await fill('prefix', 'page:11');
  await click('search');
  await evaluate(`${el('search')}.requestSubmit()`);
  await until("document.querySelectorAll('[data-key]').length === 10");
  console.log('it lists by prefix, in pages');

  await fill('prefix', '');
  await evaluate(`${el('search')}.requestSubmit()`);
  await until("document.querySelectorAll('[data-key]').length === 100");
  await open(evil);
  await until(`${el('key')}.value === ${JSON.stringify(evil)}`);
  assert.deepEqual(await evaluate(`[${el('value')}.value, JSON.parse(${el('metadata')}.value).evil, document.images.length, document.title]`), [evil, evil, 0, 'RespKv']);
  console.log('it shows markup as text');

  await open('json');
  await until(`${el('key')}.value === 'json'`);
  await evaluate("document.querySelector('[data-view=json]').click()");
  assert.equal(await evaluate(`${el('value')}.value`), '{\n  "a": [\n    1,\n    2\n  ]\n}');
  await open('bytes');
  await until(`${el('key')}.value === 'bytes'`);
  assert.match(await evaluate(`${el('value')}.value`), /^00000000 {2}00 ff 41 +\.\.A$/);
  assert.equal(await evaluate(`${el('value')}.readOnly`), true);
  console.log('it shows JSON and bytes');

  await click('new');
  await fill('key', 'made/here');
  await fill('value', 'line 1\nline 2 <b>');
  await fill('metadata', '{"by":"ui"}');
  await fill('ttl', '600');
  await click('save');
  await until(`${el('done')}.textContent === 'saved'`);
  assert.equal(await get('made/here'), 'line 1\nline 2 <b>');
  assert.match(await evaluate(`${el('facts')}.textContent`), /^17 bytes, ends 20/);
  await fill('value', 'edited');
  await click('save');
  await until(`${el('facts')}.textContent.startsWith('6 bytes, ends 20')`);
  assert.equal(await get('made/here'), 'edited');
  await fill('ttl', '5');
  await click('save');
  await until(`${el('fault')}.textContent.startsWith('Invalid expiration_ttl of 5.')`);
  console.log('it makes and edits, and says what is wrong');

  await fill('ttl', 'never');
  await click('save');
  await until(`${el('facts')}.textContent === '6 bytes'`);
  console.log('it takes an expiry away');

  await open('bytes');
  await until(`${el('key')}.value === 'bytes'`);
  await fill('metadata', '{"kind":"bytes"}');
  await click('save');
  await until(`${el('done')}.textContent === 'saved' && ${el('key')}.value === 'bytes'`);
  assert.deepEqual(await bytesOf('bytes'), [0, 255, 65]);
  await open('lines');
  await until(`${el('key')}.value === 'lines'`);
  await fill('value', 'one\nthree');
  await click('save');
  await until(`${el('done')}.textContent === 'saved' && ${el('key')}.value === 'lines'`);
  assert.equal(await get('lines'), 'one\r\nthree');
  await evaluate("document.querySelector('[data-view=hex]').click(); document.querySelector('[data-view=text]').click()");
  assert.equal(await evaluate(`${el('value')}.value`), 'one\nthree');
  await open('mixed');
  await until(`${el('key')}.value === 'mixed'`);
  assert.equal(await evaluate(`${el('value')}.readOnly`), true);
  console.log('it keeps bytes and line ends');

  await evaluate('window.confirm = () => true');
  await open('line\nend');
  await until(`${el('facts')}.textContent === '3 bytes'`);
  await click('delete');
  await until(`${el('entry')}.hidden`);
  assert.deepEqual([await get('line\nend'), await get('lineend')], [null, 'other']);
  assert.equal(await evaluate("[...document.querySelectorAll('[data-key] .mark')].map((m) => m.textContent).join(' ')"), '\\u{202e}');
  console.log('it tells keys apart that look alike');

  await open('made/here');
  await until(`${el('key')}.value === 'made/here'`);
  await click('delete');
  await until(`${el('entry')}.hidden`);
  assert.equal(await get('made/here'), null);
  console.log('it deletes');

  for (const width of [320, 1200]) {
    await call('Emulation.setDeviceMetricsOverride', { width, height: 700, deviceScaleFactor: 1, mobile: false }, sessionId);
    assert.equal(await evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
  }
  console.log('it fits narrow windows');

  await until(`/^\\d+ requests\\/s, \\d+ µs each$/.test(${el('rate')}.textContent)`);
  console.log('it plots');

  // What was refused for want of a token is in the console; nothing else may be, a breach of the policy least of all.
  const faults = events.filter((e) => e.method === 'Runtime.exceptionThrown' || (e.method === 'Log.entryAdded' && e.params.entry.level === 'error' && !/status of (400|401)|favicon/.test(e.params.entry.text + e.params.entry.url)));
  assert.deepEqual(faults, []);
  console.log('the key browser passed');
} finally {
  chromium.kill('SIGKILL');
  await ended;
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
}
process.exit();
