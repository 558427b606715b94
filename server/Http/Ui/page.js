// The key browser. All that it shows of the data is put into the page as text, never as markup; it asks this server alone.
const $ = (id) => document.getElementById(id);
const shownBytesMax = 1024 * 1024;
const hexBytesMax = 64 * 1024;
const root = '/client/v4/accounts/ui/storage/kv/namespaces';

let cursor = '';
let entry = null; // The key that is shown: { name, bytes, text, expiration }; text is null for what is no text.
let view = 'text';

async function ask(path, options = {}) {
  const headers = { ...options.headers };
  if ($('token').value !== '') headers.Authorization = `Bearer ${$('token').value}`;
  const response = await fetch(path, { ...options, headers, cache: 'no-store' });
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw new Error(body?.errors?.[0]?.message ?? `${response.status} ${response.statusText}`);
}

// Runs what a user asked for, and shows why it failed if it does.
async function attempt(run) {
  $('fault').hidden = true;
  try {
    await run();
  } catch (error) {
    $('fault').textContent = error.message;
    $('fault').hidden = false;
  }
}

const here = () => `${root}/${encodeURIComponent($('namespace').value)}`;
const pathOf = (kind, key) => `${here()}/${kind}/${encodeURIComponent(key)}`;
const timeOf = (seconds) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

async function listNamespaces() {
  const { result } = await (await ask(`${root}?per_page=1000`)).json();
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
}

function itemOf({ name, expiration, metadata }) {
  const item = document.createElement('li');
  const button = document.createElement('button');
  button.textContent = name;
  button.dataset.key = name;
  button.addEventListener('click', () => attempt(() => open(name, expiration)));
  const facts = document.createElement('small');
  facts.textContent = [expiration && `  ends ${timeOf(expiration)}`, metadata !== undefined && `  ${JSON.stringify(metadata)}`].filter(Boolean).join('');
  button.append(facts);
  item.append(button);
  return item;
}

async function open(name, expiration) {
  const response = await ask(pathOf('values', name));
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { result: metadata } = await (await ask(pathOf('metadata', name))).json();
  entry = { name, bytes, text: textOf(bytes), expiration: Number(response.headers.get('Expiration') ?? expiration ?? 0) };
  $('key').value = name;
  $('metadata').value = metadata === null ? '' : JSON.stringify(metadata);
  show(entry.text === null ? 'hex' : 'text');
}

function textOf(bytes) {
  if (bytes.length > shownBytesMax) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function show(wanted) {
  view = wanted;
  $('entry').hidden = false;
  $('done').textContent = '';
  $('ttl').value = '';
  $('facts').textContent = `${entry.bytes.length} bytes${entry.expiration ? `, ends ${timeOf(entry.expiration)}` : ''}`;
  // What cannot be shown as text cannot be edited as text.
  $('value').readOnly = view === 'hex' || entry.text === null;
  $('value').value = view === 'hex' ? hexOf(entry.bytes) : entry.text === null ? '' : view === 'json' ? prettyOf(entry.text) : entry.text;
  $('save').disabled = entry.text === null;
  for (const tab of document.querySelectorAll('[data-view]')) tab.setAttribute('aria-selected', String(tab.dataset.view === view));
}

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
  const key = $('key').value;
  const form = new FormData();
  // A Blob, since a form changes the line ends of what is text.
  form.append('value', new Blob([view === 'hex' ? entry.bytes : $('value').value]));
  if ($('metadata').value !== '') form.append('metadata', new Blob([$('metadata').value]));
  const query = new URLSearchParams();
  if ($('ttl').value !== '') query.set('expiration_ttl', $('ttl').value);
  else if (entry.expiration) query.set('expiration', String(entry.expiration));
  await ask(`${pathOf('values', key)}?${query}`, { method: 'PUT', body: form });
  await listKeys(false);
  await open(key);
  $('done').textContent = 'saved';
}

async function remove() {
  if (!confirm(`Delete ${$('key').value}?`)) return;
  await ask(pathOf('values', $('key').value), { method: 'DELETE' });
  $('entry').hidden = true;
  await listKeys(false);
}

// --- requests per second and their mean time, from the server's figures

const samples = [];
let before = null;

async function sample() {
  let now;
  try {
    const text = await (await ask('/metrics')).text();
    const sum = (name) => [...text.matchAll(new RegExp(`^${name}\\{[^\\n]*\\} (\\S+)$`, 'gm'))].reduce((total, [, value]) => total + Number(value), 0);
    now = {
      at: performance.now(),
      count: sum('respkv_commands_total') + sum('respkv_http_requests_total'),
      seconds: sum('respkv_commands_seconds_total') + sum('respkv_http_requests_seconds_total'),
    };
  } catch {
    // The token may not read all namespaces: then there is no plot.
    before = null;
    $('rate').textContent = '';
    return;
  }
  if (before !== null) {
    const count = now.count - before.count;
    samples.push({ perSecond: (count * 1000) / (now.at - before.at), microseconds: count > 0 ? ((now.seconds - before.seconds) * 1e6) / count : 0 });
    if (samples.length > 120) samples.shift();
    draw();
  }
  before = now;
}

function draw() {
  const canvas = $('plot');
  const pen = canvas.getContext('2d');
  pen.clearRect(0, 0, canvas.width, canvas.height);
  for (const [figure, color] of [['perSecond', '#48f'], ['microseconds', '#e82']]) {
    const most = Math.max(1, ...samples.map((s) => s[figure]));
    pen.strokeStyle = color;
    pen.beginPath();
    samples.forEach((s, i) => pen.lineTo((i * canvas.width) / 120, canvas.height - 2 - (s[figure] / most) * (canvas.height - 4)));
    pen.stroke();
  }
  const last = samples.at(-1);
  $('rate').textContent = `${last.perSecond.toFixed(0)} requests/s, ${last.microseconds.toFixed(0)} µs each`;
}

$('search').addEventListener('submit', (event) => {
  event.preventDefault();
  attempt(() => listKeys(false));
});
$('more').addEventListener('click', () => attempt(() => listKeys(true)));
$('new').addEventListener('click', () => {
  entry = { name: '', bytes: new Uint8Array(), text: '', expiration: 0 };
  $('key').value = '';
  $('metadata').value = '';
  show('text');
});
$('save').addEventListener('click', () => attempt(save));
$('delete').addEventListener('click', () => attempt(remove));
for (const tab of document.querySelectorAll('[data-view]')) tab.addEventListener('click', () => show(tab.dataset.view));
for (const id of ['namespace', 'token']) {
  $(id).addEventListener('change', () => {
    $('entry').hidden = true;
    attempt(async () => {
      await listKeys(false);
      await listNamespaces();
    });
  });
}
attempt(async () => {
  await listNamespaces();
  await listKeys(false);
});
sample();
setInterval(sample, 1000);
