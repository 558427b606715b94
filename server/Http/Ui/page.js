// The key browser. All that it shows of the data is put into the page as text, never as markup; it asks this server alone.
const $ = (id) => document.getElementById(id);
const shownBytesMax = 1024 * 1024;
const hexBytesMax = 64 * 1024;
const samplesMax = 120;
const root = '/client/v4/accounts/ui/storage/kv/namespaces';

let cursor = '';
let entry = null; // What is shown: { name, isNew, bytes, text, lineEnd, expiration }; text is null for what cannot be edited as text.
let view = 'text';

class Refusal extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function ask(path, options = {}) {
  const headers = { ...options.headers };
  if ($('token').value !== '') headers.Authorization = `Bearer ${$('token').value}`;
  const response = await fetch(path, { ...options, headers, cache: 'no-store' });
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw new Refusal(body?.errors?.[0]?.message ?? `${response.status} ${response.statusText}`, response.status);
}

// Runs what a user asked for, and shows why it failed if it does.
async function attempt(run) {
  $('fault').hidden = true;
  try {
    await run();
  } catch (error) {
    $('fault').textContent = error instanceof TypeError ? 'The server does not answer' : error.message;
    $('fault').hidden = false;
  }
}

const here = () => `${root}/${encodeURIComponent($('namespace').value)}`;
const pathOf = (kind, key) => `${here()}/${kind}/${encodeURIComponent(key)}`;
const timeOf = (seconds) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

// A token for one namespace may not list them all, and need not.
async function listNamespaces() {
  const { result } = await ask(`${root}?per_page=1000`).then((r) => r.json()).catch(() => ({ result: [] }));
  $('namespaces').replaceChildren(...result.map(({ title }) => Object.assign(document.createElement('option'), { value: title })));
}

async function listKeys(isMore) {
  const query = new URLSearchParams({ limit: '100', prefix: $('prefix').value });
  if (isMore) query.set('cursor', cursor);
  const { result, result_info: info } = await (await ask(`${here()}/keys?${query}`)).json();
  cursor = info.cursor;
  $('more').hidden = cursor === '';
  const items = result.map(itemOf);
  if (isMore) $('keys').append(...items);
  else $('keys').replaceChildren(...items);
  const count = $('keys').children.length;
  $('count').textContent = count === 0 ? 'no keys' : `${count} ${count === 1 ? 'key' : 'keys'}${cursor === '' ? '' : ', and more'}`;
  markOpen();
}

function itemOf({ name, expiration, metadata }) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  const shown = document.createElement('span');
  shown.append(...visible(name));
  button.append(shown);
  button.dataset.key = name;
  button.addEventListener('click', () => attempt(() => open(name, expiration)));
  const facts = [expiration && `ends ${timeOf(expiration)}`, metadata !== undefined && metadata !== null && JSON.stringify(metadata)].filter(Boolean);
  if (facts.length > 0) button.append(Object.assign(document.createElement('small'), { textContent: facts.join('  ') }));
  item.append(button);
  return item;
}

// A text with what cannot be seen, or would change how the rest is read, written out.
function visible(text) {
  return text.split(/([\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+)/u).map((part, i) => {
    if (i % 2 === 0) return document.createTextNode(part);
    const codes = [...part].map((c) => `\\u{${c.codePointAt(0).toString(16)}}`).join('');
    return Object.assign(document.createElement('span'), { className: 'mark', textContent: codes });
  });
}

function markOpen() {
  for (const button of document.querySelectorAll('[data-key]')) button.setAttribute('aria-current', String(!$('entry').hidden && button.dataset.key === entry?.name));
}

async function open(name, expiration) {
  const response = await ask(pathOf('values', name));
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { result: metadata } = await (await ask(pathOf('metadata', name))).json();
  entry = { name, isNew: false, bytes, ...textOf(bytes), expiration: Number(response.headers.get('Expiration') ?? expiration ?? 0) };
  $('key').value = name;
  $('metadata').value = metadata === null ? '' : JSON.stringify(metadata);
  $('ttl').value = '';
  show(entry.text === null ? 'hex' : 'text');
}

// A text field has one kind of line end: the text's own is put back when it is saved, and what has several is not edited as text.
function textOf(bytes) {
  if (bytes.length > shownBytesMax) return { text: null };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const lineEnd = text.includes('\r') ? '\r\n' : '\n';
    const edited = text.replaceAll('\r\n', '\n');
    return edited.replaceAll('\n', lineEnd) === text ? { text: edited, lineEnd } : { text: null };
  } catch {
    return { text: null };
  }
}

function show(wanted) {
  view = wanted;
  $('entry').hidden = false;
  $('done').textContent = '';
  $('facts').textContent = `${entry.bytes.length} bytes${entry.expiration ? `, ends ${timeOf(entry.expiration)}` : ''}${entry.text === null ? ', not to be edited as text' : ''}`;
  // A field of one line drops what is none of its characters, so the name of a key that is there is not taken from it.
  $('key').readOnly = !entry.isNew;
  $('value').readOnly = view === 'hex' || entry.text === null;
  $('value').value = view === 'hex' ? hexOf(entry.text === null ? entry.bytes : new TextEncoder().encode(editedText())) : entry.text === null ? '' : view === 'json' ? prettyOf(entry.text) : entry.text;
  $('delete').disabled = entry.isNew;
  for (const tab of document.querySelectorAll('[data-view]')) {
    tab.setAttribute('aria-selected', String(tab.dataset.view === view));
    tab.disabled = entry.text === null && tab.dataset.view !== 'hex';
  }
  markOpen();
}

// What has been typed stays when it is looked at in another way.
function keepTyped() {
  if (entry !== null && !$('value').readOnly) entry.text = $('value').value;
}

const editedText = () => entry.text.replaceAll('\n', entry.lineEnd);

function prettyOf(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function hexOf(bytes) {
  const lines = [];
  for (let at = 0; at < Math.min(bytes.length, hexBytesMax); at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const digits = row.map((b) => b.toString(16).padStart(2, '0')).join(' ').padEnd(47);
    lines.push(`${at.toString(16).padStart(8, '0')}  ${digits}  ${row.map((b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : '.')).join('')}`);
  }
  if (bytes.length > hexBytesMax) lines.push(`... ${bytes.length - hexBytesMax} more bytes`);
  return lines.join('\n');
}

async function save() {
  keepTyped();
  const key = entry.isNew ? $('key').value : entry.name;
  const form = new FormData();
  // A Blob, since a form changes the line ends of what is text.
  form.append('value', new Blob([entry.text === null ? entry.bytes : editedText()]));
  if ($('metadata').value !== '') form.append('metadata', new Blob([$('metadata').value]));
  const query = new URLSearchParams();
  const ttl = $('ttl').value.trim();
  if (ttl !== '' && ttl !== 'never') query.set('expiration_ttl', ttl);
  else if (ttl === '' && entry.expiration) query.set('expiration', String(entry.expiration));
  await ask(`${pathOf('values', key)}?${query}`, { method: 'PUT', body: form });
  await listKeys(false);
  await open(key);
  $('done').textContent = 'saved';
}

async function remove() {
  if (!confirm(`Delete ${JSON.stringify(entry.name)}?`)) return;
  await ask(pathOf('values', entry.name), { method: 'DELETE' });
  close();
  await listKeys(false);
}

function close() {
  $('entry').hidden = true;
  markOpen();
}

// --- requests per second and their mean time, from the server's figures

const samples = [];
let before = null;
let mayRead = true; // Whether the token may read the figures, as far as is known.

async function sample() {
  if (!mayRead || document.hidden) {
    before = null;
    return;
  }
  let now;
  try {
    const text = await (await ask('/metrics')).text();
    const sum = (name) => [...text.matchAll(new RegExp(`^${name}\\{[^\\n]*\\} (\\S+)$`, 'gm'))].reduce((total, [, value]) => total + Number(value), 0);
    now = {
      at: performance.now(),
      count: sum('respkv_commands_total') + sum('respkv_http_requests_total'),
      seconds: sum('respkv_commands_seconds_total') + sum('respkv_http_requests_seconds_total'),
    };
  } catch (error) {
    // Asked again when there is another token, not each second.
    mayRead = !(error instanceof Refusal);
    before = null;
    $('figures').hidden = true;
    return;
  }
  if (before !== null) {
    const count = Math.max(0, now.count - before.count);
    samples.push({ perSecond: (count * 1000) / (now.at - before.at), microseconds: count > 0 ? ((now.seconds - before.seconds) * 1e6) / count : 0 });
    if (samples.length > samplesMax) samples.shift();
    $('figures').hidden = false;
    draw();
  }
  before = now;
}

function draw() {
  const canvas = $('plot');
  const scale = devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  [canvas.width, canvas.height] = [width * scale, height * scale];
  const pen = canvas.getContext('2d');
  pen.scale(scale, scale);
  pen.font = '10px system-ui, sans-serif';
  for (const [figure, color, align, unit] of [['perSecond', '--accent', 'left', '/s'], ['microseconds', '--warm', 'right', ' µs']]) {
    const most = Math.max(1, ...samples.map((s) => s[figure]));
    pen.strokeStyle = pen.fillStyle = colorOf(color);
    pen.lineWidth = 1.5;
    pen.beginPath();
    samples.forEach((s, i) => pen.lineTo(width - ((samples.length - 1 - i) * width) / (samplesMax - 1), height - 2 - (s[figure] / most) * (height - 14)));
    pen.stroke();
    pen.textAlign = align;
    pen.fillText(`${most.toFixed(0)}${unit}`, align === 'left' ? 0 : width, 9);
  }
  const last = samples.at(-1);
  $('rate').textContent = `${last.perSecond.toFixed(0)} requests/s, ${last.microseconds.toFixed(0)} µs each`;
}

// A pen knows no variables: what one stands for is what an element that uses it has.
function colorOf(name) {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

async function begin() {
  samples.length = 0;
  mayRead = true;
  close();
  await listKeys(false);
  await listNamespaces();
}

$('search').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(() => listKeys(false));
});
$('more').addEventListener('click', () => attempt(() => listKeys(true)));
$('new').addEventListener('click', () => {
  entry = { name: null, isNew: true, bytes: new Uint8Array(), text: '', lineEnd: '\n', expiration: 0 };
  for (const id of ['key', 'metadata', 'ttl']) $(id).value = '';
  show('text');
  $('key').focus();
});
$('back').addEventListener('click', close);
$('save').addEventListener('click', () => attempt(save));
$('delete').addEventListener('click', () => attempt(remove));
for (const tab of document.querySelectorAll('[data-view]')) {
  tab.addEventListener('click', () => {
    keepTyped();
    show(tab.dataset.view);
  });
}
for (const id of ['namespace', 'token']) $(id).addEventListener('change', () => attempt(begin));
attempt(begin);
sample();
setInterval(sample, 1000);
