// A Worker that tries every call, option, limit and error of the KV binding. Each step says what is to come of it; what comes of a failed call is its error.
const MiB = 1024 * 1024;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const steps = [];

function step(name, run, expected) {
  steps.push({ name, run, expected });
}

// A stream whose length nobody knows.
function streamOf(...chunks) {
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  (async () => {
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  })();
  return readable;
}

// A stream of a known length.
function fixedStreamOf(bytes) {
  const { readable, writable } = new FixedLengthStream(bytes.length);
  const writer = writable.getWriter();
  writer.write(bytes);
  writer.close();
  return readable;
}

async function roundTrip(kv, key, value, options) {
  await kv.put(key, value, options);
  return await kv.get(key);
}

async function metadataOf(kv, key, metadata) {
  await kv.put(key, 'value', { metadata });
  return (await kv.getWithMetadata(key)).metadata;
}

async function names(kv, options) {
  return (await kv.list(options)).keys.map((key) => key.name);
}

// All pages of a listing, as the names on each.
async function pages(kv, options) {
  const all = [];
  let cursor;
  do {
    const page = await kv.list({ ...options, cursor });
    all.push(page.keys.map((key) => key.name));
    if (page.list_complete !== (page.cursor === undefined)) throw new Error('list_complete and cursor disagree');
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}

// --- put and get

step('text comes back', (kv) => roundTrip(kv, 'text', 'hello, wörld 🌍'), 'hello, wörld 🌍');
step('a missing key is null', (kv) => kv.get('missing'), null);
step('a missing key is null with metadata, too', (kv) => kv.getWithMetadata('missing'), { value: null, metadata: null, cacheStatus: null });
step('an empty text is a value', (kv) => roundTrip(kv, 'empty', ''), '');
step('an empty buffer is a value', (kv) => roundTrip(kv, 'empty', new ArrayBuffer(0)), '');
step('an empty stream is a value', (kv) => roundTrip(kv, 'empty', streamOf()), '');
step('JSON is parsed', async (kv) => {
  await kv.put('json', JSON.stringify({ a: [1, null, 'x'] }));
  return [await kv.get('json', 'json'), await kv.get('json', { type: 'json' })];
}, [{ a: [1, null, 'x'] }, { a: [1, null, 'x'] }]);
step('what is no JSON fails to parse', async (kv) => {
  await kv.put('json', '{broken');
  return await kv.get('json', 'json');
}, /^SyntaxError: /);
step('every byte comes back as ArrayBuffer', async (kv) => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  await kv.put('bytes', bytes.buffer);
  return [...new Uint8Array(await kv.get('bytes', 'arrayBuffer'))];
}, Array.from({ length: 256 }, (_, i) => i));
step('a view writes what it shows', async (kv) => roundTrip(kv, 'view', encoder.encode('abcdef').subarray(2, 4)), 'cd');
step('a stream is read', async (kv) => {
  await kv.put('stream', 'streamed');
  return await new Response(await kv.get('stream', 'stream')).text();
}, 'streamed');
step('a stream of unknown length is written', (kv) => roundTrip(kv, 'stream', streamOf(encoder.encode('one '), encoder.encode('two'))), 'one two');
step('a stream of known length is written', (kv) => roundTrip(kv, 'stream', fixedStreamOf(encoder.encode('fixed'))), 'fixed');
step('bytes that are no UTF-8 come back', async (kv) => {
  await kv.put('bytes', new Uint8Array([0xff, 0xed, 0xa0, 0x80, 0]));
  return [...new Uint8Array(await kv.get('bytes', 'arrayBuffer'))];
}, [0xff, 0xed, 0xa0, 0x80, 0]);
step('a put replaces the value', async (kv) => {
  await kv.put('replaced', 'a long first value');
  return await roundTrip(kv, 'replaced', 'second');
}, 'second');
step('keys have case', async (kv) => {
  await kv.put('Case', '1');
  await kv.put('case', '2');
  return [await kv.get('Case'), await kv.get('case')];
}, ['1', '2']);
step('an unknown type is refused', async (kv) => {
  await kv.put('text', 'x');
  return await kv.get('text', 'xml');
}, /^TypeError: Unknown response type/);
step('an object is no value', (kv) => kv.put('object', { a: 1 }), /^TypeError: KV put\(\) accepts only strings/);

// --- delete

step('a deleted key is gone', async (kv) => {
  await kv.put('deleted', 'x');
  await kv.delete('deleted');
  return await kv.get('deleted');
}, null);
step('a missing key can be deleted', async (kv) => (await kv.delete('missing')) ?? 'done', 'done');

// --- keys

const oddKeys = [
  'a/b/c', 'a/../b', '/', '//', '/leading', 'trailing/', '...', 'bulk/get', 'metrics', 'ui', 'health/live', 'client/v4/accounts', '%', '%2F', '%00', '100%', 'a%20b', 'a b', ' lead', 'trail ',
  'a+b', 'a&b=c', '?', '?urlencoded=false', 'a?b', '#', 'a#b', "!$&'()*+,-.:;=@[]^_`|~", '"\\<>{}', 'nul\0in', '\0', '\x01', '\x7f', '\t\n\r', 'é', 'e\u0301', '日本語', '😀', '\uff5e', 'x'.repeat(512), '€'.repeat(170),
];
for (const key of oddKeys) {
  step(`the key ${JSON.stringify(key.slice(0, 30))} works`, async (kv) => {
    await kv.put(key, `value of ${key}`);
    const got = await kv.get(key);
    const listed = (await names(kv, { prefix: key })).includes(key);
    await kv.delete(key);
    return [got === `value of ${key}`, listed, await kv.get(key)];
  }, [true, true, null]);
}
step('an empty key is refused', async (kv) => await kv.get(''), 'TypeError: Key name cannot be empty.');
step('"." is refused', async (kv) => await kv.put('.', 'x'), 'TypeError: "." is not allowed as a key name.');
step('".." is refused', async (kv) => await kv.delete('..'), 'TypeError: ".." is not allowed as a key name.');
step('a key of 513 bytes cannot be got', async (kv) => await kv.get('x'.repeat(513)), 'Error: KV GET failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.');
step('a key of 513 bytes cannot be put', async (kv) => await kv.put('x'.repeat(513), ''), 'Error: KV PUT failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.');
step('a key of 513 bytes cannot be deleted', async (kv) => await kv.delete('x'.repeat(513)), 'Error: KV DELETE failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.');
step('half of a surrogate pair is no key', async (kv) => await kv.get('\ud800'), 'Error: KV GET failed: 400 Could not URL-decode key name');
step('half of a surrogate pair cannot be put', async (kv) => await kv.put('\ud800', ''), 'Error: KV PUT failed: 400 Could not URL-decode key name');

// --- metadata

for (const metadata of [0, 1.5, false, true, '', 'text', [], [1, [2]], { a: { b: null } }, { ключ: 'значение 😀' }, '\u0080\u2028\x7f', '"\\\n\t']) {
  step(`the metadata ${JSON.stringify(metadata)} comes back`, (kv) => metadataOf(kv, 'metadata', metadata), metadata);
}
step('null is no metadata', (kv) => metadataOf(kv, 'metadata', null), null);
step('undefined is no metadata', (kv) => metadataOf(kv, 'metadata', undefined), null);
step('a put without metadata removes it', async (kv) => {
  await kv.put('metadata', 'x', { metadata: { a: 1 } });
  await kv.put('metadata', 'y');
  return await kv.getWithMetadata('metadata');
}, { value: 'y', metadata: null, cacheStatus: null });
step('metadata comes with each type of value', async (kv) => {
  await kv.put('metadata', '[1]', { metadata: 'm' });
  const text = await kv.getWithMetadata('metadata');
  const json = await kv.getWithMetadata('metadata', 'json');
  const bytes = await kv.getWithMetadata('metadata', { type: 'arrayBuffer' });
  const stream = await kv.getWithMetadata('metadata', 'stream');
  return [text, json, { ...bytes, value: decoder.decode(bytes.value) }, { ...stream, value: await new Response(stream.value).text() }];
}, ['[1]', [1], '[1]', '[1]'].map((value) => ({ value, metadata: 'm', cacheStatus: null })));
step('metadata of 1024 bytes is taken', async (kv) => (await metadataOf(kv, 'metadata', 'm'.repeat(1022))).length, 1022);
step('metadata of 1025 bytes is refused', async (kv) => await kv.put('metadata', 'x', { metadata: 'm'.repeat(1023) }), 'Error: KV PUT failed: 413 Metadata length of 1025 exceeds limit of 1024.');
step('metadata counts in bytes', async (kv) => await kv.put('metadata', 'x', { metadata: '€'.repeat(342) }), 'Error: KV PUT failed: 413 Metadata length of 1028 exceeds limit of 1024.');
step('metadata of 100,000 bytes is refused like less', async (kv) => await kv.put('metadata', streamOf(new Uint8Array(70_000)), { metadata: 'm'.repeat(99_998) }), 'Error: KV PUT failed: 413 Metadata length of 100000 exceeds limit of 1024.');
step('a refused put leaves what was there', async (kv) => {
  await kv.put('kept', 'old', { metadata: 1 });
  await kv.put('kept', 'new', { metadata: 'm'.repeat(2000) }).catch(() => {});
  return await kv.getWithMetadata('kept');
}, { value: 'old', metadata: 1, cacheStatus: null });
step('a refused put makes no key', async (kv) => {
  await kv.put('never', 'new', { expirationTtl: 1 }).catch(() => {});
  return await names(kv, { prefix: 'never' });
}, []);

// --- expiration

const now = () => Math.floor(Date.now() / 1000);
const near = (seconds, wanted) => Math.abs(seconds - wanted) <= 2;

step('expirationTtl shows as expiration', async (kv) => {
  await kv.put('expiring', 'x', { expirationTtl: 60 });
  const [{ expiration }] = (await kv.list({ prefix: 'expiring' })).keys;
  return [await kv.get('expiring'), near(expiration, now() + 60)];
}, ['x', true]);
step('expiration is kept to the second', async (kv) => {
  await kv.put('expiring', 'x', { expiration: 2_000_000_000 });
  return (await kv.list({ prefix: 'expiring' })).keys;
}, [{ name: 'expiring', expiration: 2_000_000_000 }]);
step('expirationTtl goes before expiration', async (kv) => {
  await kv.put('expiring', 'x', { expiration: 2_000_000_000, expirationTtl: 100 });
  return near((await kv.list({ prefix: 'expiring' })).keys[0].expiration, now() + 100);
}, true);
step('a put without expiration removes it', async (kv) => {
  await kv.put('expiring', 'x', { expirationTtl: 100 });
  await kv.put('expiring', 'y');
  return (await kv.list({ prefix: 'expiring' })).keys;
}, [{ name: 'expiring' }]);
for (const [options, text] of [
  [{ expirationTtl: 'nan' }, 'Invalid expiration_ttl of 0. Please specify integer greater than 0.'],
  [{ expirationTtl: 0 }, 'Invalid expiration_ttl of 0. Please specify integer greater than 0.'],
  [{ expirationTtl: -1 }, 'Invalid expiration_ttl of -1. Please specify integer greater than 0.'],
  [{ expirationTtl: 30 }, 'Invalid expiration_ttl of 30. Expiration TTL must be at least 60.'],
  [{ expirationTtl: 59 }, 'Invalid expiration_ttl of 59. Expiration TTL must be at least 60.'],
  [{ expiration: 'nan' }, 'Invalid expiration of 0. Please specify integer greater than the current number of seconds since the UNIX epoch.'],
  [{ expiration: 1 }, 'Invalid expiration of 1. Please specify integer greater than the current number of seconds since the UNIX epoch.'],
]) {
  step(`${JSON.stringify(options)} is refused`, async (kv) => await kv.put('expiring', 'x', options), `Error: KV PUT failed: 400 ${text}`);
}
step('an expiration too soon is refused', async (kv) => await kv.put('expiring', 'x', { expiration: now() + 30 }),
  /^Error: KV PUT failed: 400 Invalid expiration of \d+\. Expiration times must be at least 60 seconds in the future\.$/);
step('an expiration beyond 32 bits is refused', async (kv) => await kv.put('expiring', 'x', { expiration: 2 ** 31 }), /^TypeError: Value out of range/);
step('the faults of a put have an order', async (kv) => {
  const text = async (...args) => await kv.put(...args).catch((error) => error.message);
  return [
    await text('k'.repeat(513), 'x', { expirationTtl: 1, expiration: 1, metadata: 'm'.repeat(2000) }),
    await text('k', 'x', { expirationTtl: 1, expiration: 1, metadata: 'm'.repeat(2000) }),
    await text('k', 'x', { expiration: 1, metadata: 'm'.repeat(2000) }),
    await text('k', new Uint8Array(25 * MiB + 1), { metadata: 'm'.repeat(2000) }),
  ];
}, [
  'KV PUT failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.',
  'KV PUT failed: 400 Invalid expiration_ttl of 1. Expiration TTL must be at least 60.',
  'KV PUT failed: 400 Invalid expiration of 1. Please specify integer greater than the current number of seconds since the UNIX epoch.',
  'KV PUT failed: 413 Metadata length of 2002 exceeds limit of 1024.',
]);

// --- cacheTtl

step('a cacheTtl of 30 changes nothing', async (kv) => {
  await kv.put('cached', '1');
  const first = await kv.get('cached', { cacheTtl: 30 });
  await kv.put('cached', '2');
  return [first, await kv.get('cached', { cacheTtl: 60 })];
}, ['1', '2']);
step('a cacheTtl of 10 is refused', async (kv) => await kv.get('cached', { cacheTtl: 10 }), 'Error: KV GET failed: 400 Invalid cache_ttl of 10. Cache TTL must be at least 30.');
step('a cacheTtl that is no number is refused', async (kv) => await kv.get('cached', { cacheTtl: 'nan' }), 'Error: KV GET failed: 400 Invalid cache_ttl of 0. Cache TTL must be at least 30.');
step('a cacheTtl of 29 is refused with metadata', async (kv) => await kv.getWithMetadata('cached', { cacheTtl: 29 }), 'Error: KV GET failed: 400 Invalid cache_ttl of 29. Cache TTL must be at least 30.');

// --- list

async function fill(kv, prefix, keys) {
  await Promise.all(keys.map((key) => kv.put(prefix + key, key)));
}

step('a list has the order of UTF-8', async (kv) => {
  await fill(kv, 'order:', ['b', 'a', 'B', ', ', '!', '\uff5e', '😀', 'é', 'ab', 'z']);
  return (await names(kv, { prefix: 'order:' })).map((name) => name.slice(6));
}, ['!', ', ', 'B', 'a', 'ab', 'b', 'z', 'é', '\uff5e', '😀']);
step('a list has metadata and expiration where there are some', async (kv) => {
  await kv.put('shown:1', 'x', { metadata: { a: [1] } });
  await kv.put('shown:2', 'x', { expiration: 2_000_000_000 });
  await kv.put('shown:3', 'x', { expiration: 2_000_000_000, metadata: 'm' });
  await kv.put('shown:4', 'x');
  return await kv.list({ prefix: 'shown:' });
}, {
  keys: [
    { name: 'shown:1', metadata: { a: [1] } },
    { name: 'shown:2', expiration: 2_000_000_000 },
    { name: 'shown:3', expiration: 2_000_000_000, metadata: 'm' },
    { name: 'shown:4' },
  ],
  list_complete: true,
  cacheStatus: null,
});
step('a prefix without match gives an empty list', async (kv) => await kv.list({ prefix: 'no such prefix' }), { keys: [], list_complete: true, cacheStatus: null });
step('a prefix is literal and has case', async (kv) => {
  await fill(kv, '', ['lit%_\\*[a]x', 'litABCDEFGx', 'LIT%_\\*[a]x']);
  return await names(kv, { prefix: 'lit%_\\*[a]' });
}, ['lit%_\\*[a]x']);
step('a prefix that is a key has that key', async (kv) => {
  await fill(kv, 'whole', ['', '1']);
  return await names(kv, { prefix: 'whole' });
}, ['whole', 'whole1']);
step('plus and blank in a prefix are two things', async (kv) => {
  await fill(kv, 'plus', ['+1', ' 1', '&=#1']);
  return [await names(kv, { prefix: 'plus+' }), await names(kv, { prefix: 'plus ' }), await names(kv, { prefix: 'plus&=#' })];
}, [['plus+1'], ['plus 1'], ['plus&=#1']]);
step('a list comes in pages', async (kv) => {
  await fill(kv, 'page:', ['1', '2', '3', '4', '5']);
  return await pages(kv, { prefix: 'page:', limit: 2 });
}, [['page:1', 'page:2'], ['page:3', 'page:4'], ['page:5']]);
step('a last page that is full is the last', async (kv) => {
  await fill(kv, 'full:', ['1', '2', '3', '4']);
  return await pages(kv, { prefix: 'full:', limit: 2 });
}, [['full:1', 'full:2'], ['full:3', 'full:4']]);
step('a cursor goes with another limit', async (kv) => {
  const { cursor } = await kv.list({ prefix: 'page:', limit: 2 });
  return [await names(kv, { prefix: 'page:', cursor, limit: 1 }), await names(kv, { prefix: 'page:', cursor, limit: 3 })];
}, [['page:3'], ['page:3', 'page:4', 'page:5']]);
step('a cursor outlives its key and sees what comes behind it', async (kv) => {
  await fill(kv, 'moving:', ['2', '4', '6']);
  const { cursor } = await kv.list({ prefix: 'moving:', limit: 1 });
  await kv.delete('moving:2');
  await fill(kv, 'moving:', ['1', '3']);
  return await names(kv, { prefix: 'moving:', cursor });
}, ['moving:3', 'moving:4', 'moving:6']);
step('an empty cursor is the start', async (kv) => await names(kv, { prefix: 'page:', limit: 1, cursor: '' }), ['page:1']);
step('null options are none', async (kv) => await names(kv, { prefix: 'page:', limit: null, cursor: null }), ['page:1', 'page:2', 'page:3', 'page:4', 'page:5']);
step('a limit of 1001 is refused', async (kv) => await kv.list({ limit: 1001 }), 'Error: KV GET failed: 400 Invalid key_count_limit of 1001. Please specify an integer less than 1000.');
step('a limit of 0 is none', async (kv) => await names(kv, { prefix: 'full:', limit: 0 }), ['full:1', 'full:2', 'full:3', 'full:4']);
step('a prefix of 512 bytes is taken', async (kv) => await names(kv, { prefix: 'p'.repeat(512) }), []);
step('a prefix of 513 bytes is refused', async (kv) => await kv.list({ prefix: 'p'.repeat(513) }), 'Error: KV GET failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.');
step('a page has at most a thousand keys', async (kv) => {
  for (let i = 0; i < 1001; i += 143) await fill(kv, 'thousand:', Array.from({ length: 143 }, (_, j) => String(i + j).padStart(4, '0')));
  return (await pages(kv, { prefix: 'thousand:' })).map((page) => [page.length, page[0], page.at(-1)]);
}, [[1000, 'thousand:0000', 'thousand:0999'], [1, 'thousand:1000', 'thousand:1000']]);

// --- bulk

const entries = (map) => [...map];

step('bulk get has what is there and null for the rest, in the order asked for', async (kv) => {
  await kv.put('bulk:1', 'one', { metadata: { m: 1 } });
  await kv.put('bulk:2', '');
  await kv.put('bulk:3', 'drei "\\\n\u2028😀');
  return entries(await kv.get(['bulk:3', 'bulk:missing', 'bulk:2', 'bulk:1', 'bulk:3']));
}, [['bulk:3', 'drei "\\\n\u2028😀'], ['bulk:missing', null], ['bulk:2', ''], ['bulk:1', 'one']]);
step('bulk get with metadata wraps what is there', async (kv) => {
  await kv.put('bulk:4', 'four', { metadata: 'text' });
  await kv.put('bulk:5', 'five', { metadata: 5 });
  return entries(await kv.getWithMetadata(['bulk:1', 'bulk:3', 'bulk:4', 'bulk:5', 'bulk:missing']));
}, [
  ['bulk:1', { value: 'one', metadata: { m: 1 } }],
  ['bulk:3', { value: 'drei "\\\n\u2028😀', metadata: null }],
  ['bulk:4', { value: 'four', metadata: 'text' }],
  ['bulk:5', { value: 'five', metadata: 5 }],
  ['bulk:missing', null],
]);
step('bulk get wraps an empty value', async (kv) => {
  await kv.put('bulk:empty', '', { metadata: 1 });
  return entries(await kv.getWithMetadata(['bulk:empty']));
}, [['bulk:empty', { value: '', metadata: 1 }]]);
step('bulk get parses JSON', async (kv) => {
  await kv.put('bulk:json', ' {"a": [1, 2.50, null]} ');
  return [entries(await kv.get(['bulk:json', 'bulk:missing'], 'json')), entries(await kv.get(['bulk:json'], { type: 'text' }))];
}, [[['bulk:json', { a: [1, 2.5, null] }], ['bulk:missing', null]], [['bulk:json', ' {"a": [1, 2.50, null]} ']]]);
step('bulk get wraps JSON that is false or 0', async (kv) => {
  await kv.put('bulk:zero', '0', { metadata: 'm' });
  await kv.put('bulk:false', 'false');
  return entries(await kv.getWithMetadata(['bulk:zero', 'bulk:false'], 'json'));
}, [['bulk:zero', { value: 0, metadata: 'm' }], ['bulk:false', { value: false, metadata: null }]]);
step('one value that is no JSON fails all', async (kv) => {
  await kv.put('bulk:text', 'text');
  return await kv.get(['bulk:json', 'bulk:text'], 'json');
}, 'Error: KV GET_BULK failed: 400 At least one of the requested keys corresponds to a non-json value');
step('bulk get decodes what is no UTF-8', async (kv) => {
  await kv.put('bulk:bytes', new Uint8Array([0x61, 0xff, 0xed, 0xa0, 0x80, 0x62]));
  return entries(await kv.get(['bulk:bytes']));
}, [['bulk:bytes', 'a\ufffd\ufffd\ufffd\ufffdb']]);
step('bulk get of "__proto__" gives it', async (kv) => {
  await kv.put('__proto__', 'p');
  return entries(await kv.get(['__proto__', 'bulk:1']));
}, [['__proto__', 'p'], ['bulk:1', 'one']]);
step('bulk get of odd keys', async (kv) => {
  const keys = ['odd/%2F', 'odd "', 'odd\0', 'odd😀'];
  await Promise.all(keys.map((key) => kv.put(key, key)));
  return entries(await kv.get(keys));
}, ['odd/%2F', 'odd "', 'odd\0', 'odd😀'].map((key) => [key, key]));
step('a hundred keys are taken', async (kv) => (await kv.get(Array.from({ length: 100 }, (_, i) => `none${i}`))).size, 100);
step('101 keys are refused', async (kv) => await kv.get(Array.from({ length: 101 }, (_, i) => `none${i}`)), 'Error: KV GET_BULK failed: 400 You can request a maximum of 100 keys');
step('no keys are refused', async (kv) => await kv.get([]), 'Error: KV GET_BULK failed: 400 You must request a minimum of 1 key');
step('bulk get of an unknown type is refused', async (kv) => await kv.get(['bulk:1'], 'arrayBuffer'), 'Error: KV GET_BULK failed: 400 "arrayBuffer" is not a valid type. Use "json" or "text"');
step('bulk get takes a cacheTtl', async (kv) => entries(await kv.get(['bulk:1'], { cacheTtl: 60 })), [['bulk:1', 'one']]);
step('bulk get refuses a cacheTtl of 10', async (kv) => await kv.get(['bulk:1'], { cacheTtl: 10 }), 'Error: KV GET_BULK failed: 400 Invalid cache_ttl of 10. Cache TTL must be at least 30.');
step('bulk get refuses an empty key', async (kv) => await kv.get(['bulk:1', '']), 'Error: KV GET_BULK failed: 400 Key names must not be empty');
step('bulk get refuses "."', async (kv) => await kv.get(['.']), 'Error: KV GET_BULK failed: 400 Illegal key name ".". Please use a different name.');
step('bulk get refuses a key of 513 bytes', async (kv) => await kv.get(['x'.repeat(513)]), 'Error: KV GET_BULK failed: 414 UTF-8 encoded length of 513 exceeds key length limit of 512.');

// --- large values

function pattern(length) {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 997) bytes[i] = i % 251;
  return bytes;
}

async function isSame(kv, key, bytes) {
  const got = new Uint8Array(await kv.get(key, 'arrayBuffer'));
  return got.length === bytes.length && got.every((byte, i) => byte === bytes[i]);
}

for (const length of [64 * 1024, 256 * 1024, 256 * 1024 + 1, 3 * MiB]) {
  step(`${length} bytes come back`, async (kv) => {
    const bytes = pattern(length);
    await kv.put('large', bytes);
    const first = await isSame(kv, 'large', bytes);
    await kv.put('large', streamOf(bytes.subarray(0, 1000), bytes.subarray(1000)));
    return [first, await isSame(kv, 'large', bytes)];
  }, [true, true]);
}
step('25 MiB are taken and come back', async (kv) => {
  const bytes = pattern(25 * MiB);
  await kv.put('largest', bytes);
  return await isSame(kv, 'largest', bytes);
}, true);
step('25 MiB are taken from a stream', async (kv) => {
  const part = pattern(5 * MiB);
  await kv.put('largest', streamOf(part, part, part, part, part));
  return (await kv.get('largest', 'arrayBuffer')).byteLength;
}, 25 * MiB);
step('25 MiB and a byte are refused', async (kv) => await kv.put('largest', new Uint8Array(25 * MiB + 1)), 'Error: KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.');
step('25 MiB and a byte are refused from a stream', async (kv) => {
  const part = pattern(5 * MiB);
  return await kv.put('largest', streamOf(part, part, part, part, part, new Uint8Array(1)));
}, 'Error: KV PUT failed: 413 Value length of 26214401 exceeds limit of 26214400.');
step('30 MiB are refused with their length', async (kv) => await kv.put('largest', streamOf(...Array.from({ length: 30 }, () => new Uint8Array(MiB)))), 'Error: KV PUT failed: 413 Value length of 31457280 exceeds limit of 26214400.');
step('what was there before a refused value stays', async (kv) => (await kv.get('largest', 'arrayBuffer')).byteLength, 25 * MiB);
step('bulk get is refused above 25 MiB', async (kv) => {
  await kv.put('bulk:large1', new Uint8Array(20 * MiB).fill(97));
  await kv.put('bulk:large2', new Uint8Array(5 * MiB + 1).fill(98));
  return await kv.get(['bulk:large1', 'bulk:large2']);
}, 'Error: KV GET_BULK failed: 413 Total size of request exceeds the limit of 25MB');
step('bulk get is taken at 25 MiB', async (kv) => {
  await kv.put('bulk:large2', new Uint8Array(5 * MiB).fill(98));
  return entries(await kv.get(['bulk:large1', 'bulk:large2'])).map(([key, value]) => [key, value.length, value.at(-1)]);
}, [['bulk:large1', 20 * MiB, 'a'], ['bulk:large2', 5 * MiB, 'b']]);

// --- many at a time

step('200 calls at a time', async (kv) => {
  const indexes = Array.from({ length: 200 }, (_, i) => i);
  await Promise.all(indexes.map((i) => kv.put(`many:${i}`, `value ${i}`)));
  const values = await Promise.all(indexes.map((i) => kv.get(`many:${i}`)));
  return values.every((value, i) => value === `value ${i}`);
}, true);

// --- as users use it

step('a feature flag', async (kv) => {
  const isOn = async (flag, user) => {
    const rule = await kv.get(`flag:${flag}`, { type: 'json', cacheTtl: 60 });
    return rule !== null && (rule.users.includes(user) || rule.percent === 100);
  };
  await kv.put('flag:search', JSON.stringify({ users: ['ada'], percent: 0 }));
  return [await isOn('search', 'ada'), await isOn('search', 'bob'), await isOn('other', 'ada')];
}, [true, false, false]);
step('a cache with a time to live', async (kv) => {
  let computed = 0;
  const cached = async (key, compute) => {
    const hit = await kv.get(`cache:${key}`);
    if (hit !== null) return hit;
    const value = await compute();
    await kv.put(`cache:${key}`, value, { expirationTtl: 60 });
    return value;
  };
  const compute = async () => `computed ${++computed}`;
  await kv.delete('cache:page');
  return [await cached('page', compute), await cached('page', compute)];
}, ['computed 1', 'computed 1']);
step('preferences with metadata in the list', async (kv) => {
  await kv.put('prefs:ada', JSON.stringify({ theme: 'dark' }), { metadata: { updated: 1 } });
  await kv.put('prefs:bob', JSON.stringify({ theme: 'light' }), { metadata: { updated: 2 } });
  const { keys } = await kv.list({ prefix: 'prefs:' });
  return [keys.map((key) => [key.name, key.metadata.updated]), (await kv.get('prefs:ada', 'json')).theme];
}, [[['prefs:ada', 1], ['prefs:bob', 2]], 'dark']);

function isAsExpected(outcome, expected) {
  if (expected instanceof RegExp) return typeof outcome === 'string' && expected.test(outcome);
  return JSON.stringify(outcome) === JSON.stringify(expected === undefined ? null : expected);
}

// Writes a line when a step begins and one when it has ended.
async function runAll(kv, writable) {
  const writer = writable.getWriter();
  const write = (line) => writer.write(encoder.encode(JSON.stringify(line) + '\n'));
  for (const { name, run, expected } of steps) {
    await write({ begins: name });
    let outcome;
    try {
      outcome = (await run(kv)) ?? null;
    } catch (error) {
      outcome = `${error.name}: ${error.message}`;
    }
    const shown = expected instanceof RegExp ? String(expected) : JSON.stringify(expected);
    await write({ name, isAsExpected: isAsExpected(outcome, expected), outcome: JSON.stringify(outcome).slice(0, 2000), expected: shown.slice(0, 2000) });
  }
  await writer.close();
}

// Runs all steps one after the other, or does one put or get.
export default {
  async fetch(request, env, context) {
    const url = new URL(request.url);
    const key = url.searchParams.get('key');
    try {
      if (url.pathname === '/put') return new Response(String(await env.KV.put(key, request.body ?? '')));
      if (url.pathname === '/get') return new Response(await env.KV.get(key, 'stream'));
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
    const { readable, writable } = new TransformStream();
    context.waitUntil(runAll(env.KV, writable));
    return new Response(readable);
  },
};
