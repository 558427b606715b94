// A Worker that does what it is told: POST / with ["get", "key"] calls env.KV.get("key"), and the answer is its result or its error as JSON. POST /storm runs very many calls at once.
const chunk = 64 * 1024;

// A stream of a known length whose bytes follow from a seed, made as they are asked for.
function generated(length, seed) {
  const { readable, writable } = new FixedLengthStream(length);
  (async () => {
    const writer = writable.getWriter();
    for (let at = 0; at < length; at += chunk) await writer.write(bytesAt(at, Math.min(chunk, length - at), seed));
    await writer.close();
  })();
  return readable;
}

function bytesAt(at, length, seed) {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 64) bytes[i] = (at / 64 + i / 64 + seed) & 0xff;
  return bytes;
}

// Whether a stream is what generated() made, without holding all of it.
async function isGenerated(stream, length, seed) {
  let at = 0;
  for await (const part of stream) {
    for (let i = (64 - (at % 64)) % 64; i < part.length; i += 64) if (part[i] !== (((at + i) / 64 + seed) & 0xff)) return false;
    at += part.length;
  }
  return at === length;
}

async function storm(kv, { calls, large, largeBytes }) {
  const one = async (i) => {
    const isLarge = i < large;
    const key = `storm/${i}%\u0000😀`;
    if (isLarge) await kv.put(key, generated(largeBytes, i), { metadata: { i } });
    else await kv.put(key, `value ${i}`, { metadata: { i } });
    const { value, metadata } = await kv.getWithMetadata(key, isLarge ? 'stream' : 'text');
    const isRight = isLarge ? await isGenerated(value, largeBytes, i) : value === `value ${i}`;
    if (!isRight || metadata?.i !== i) throw new Error(`wrong: ${key}`);
    await kv.delete(key);
  };
  const results = await Promise.allSettled(Array.from({ length: calls }, (_, i) => one(i)));
  return results.filter((r) => r.status === 'rejected').map((r) => String(r.reason));
}

export default {
  async fetch(request, env) {
    try {
      const asked = await request.json();
      if (new URL(request.url).pathname === '/storm') return Response.json({ failed: await storm(env.KV, asked) });
      const [operation, ...args] = asked;
      const result = await env.KV[operation](...args);
      return Response.json({ result: result instanceof Map ? Object.fromEntries(result) : result ?? null });
    } catch (error) {
      return Response.json({ error: String(error) });
    }
  },
};
