import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

// The runtime that Miniflare brings, as a binary.
function workerdPath() {
  const miniflare = createRequire(require.resolve('miniflare'));
  const workerd = miniflare('workerd');
  return workerd.default ?? workerd;
}

// Starts workerd with a configuration whose service `kv` is at an address; the result has the URL of its socket `http`, and stops it.
export async function startWorkerd(config, kvAddress) {
  const child = spawn(workerdPath(), ['serve', config, '--external-addr', `kv=${kvAddress}`, '--socket-addr', 'http=127.0.0.1:0', '--control-fd=3'], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const port = await Promise.race([portOf(child.stdio[3]), ended.then((code) => Promise.reject(new Error(`workerd ended with ${code}`)))]);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function portOf(control) {
  let text = '';
  for await (const chunk of control) {
    text += chunk;
    for (const line of text.split('\n').slice(0, -1)) {
      const event = JSON.parse(line);
      if (event.event === 'listen' && event.socket === 'http') return event.port;
    }
  }
  throw new Error('workerd did not say where it listens');
}

// The same Worker with Miniflare's own KV.
export async function startMiniflare(script) {
  const { Miniflare } = await import('miniflare');
  const miniflare = new Miniflare({ modules: true, script: await readFile(here(script), 'utf8'), compatibilityDate: '2026-06-01', kvNamespaces: ['KV'], port: 0 });
  return { url: String(await miniflare.ready).replace(/\/$/, ''), stop: () => miniflare.dispose() };
}

// The same Worker under Miniflare, with its KV in RespKv by the plugin of docs/worker.
export async function startMiniflareWithPlugin(script, kvAddress, namespace) {
  const { Miniflare } = await import('miniflare');
  const plugin = { package: here('../../../docs/worker/respkv.mjs'), name: 'respkv' };
  const unsafeBindings = [{ name: 'KV', type: 'respkv', plugin, options: { address: kvAddress, namespace } }];
  const miniflare = new Miniflare({ modules: true, script: await readFile(here(script), 'utf8'), compatibilityDate: '2026-06-01', unsafeBindings, port: 0 });
  return { url: String(await miniflare.ready).replace(/\/$/, ''), stop: () => miniflare.dispose() };
}

export { here };
