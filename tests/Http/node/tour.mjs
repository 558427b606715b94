// Runs the tour of tour.worker.js: node tour.mjs workerd|plugin <address of the KV server>, or node tour.mjs miniflare.
import { here, startMiniflare, startMiniflareWithPlugin, startWorkerd } from './runtimes.mjs';

// Where Miniflare's KV and ours mean to differ.
const differencesOfMiniflare = new Map([
  ['the key "nul\\u0000in" works', 'it keeps keys in SQLite, where a prefix ends at a NUL'],
  ['the key "\\u0000" works', 'it keeps keys in SQLite, where a prefix ends at a NUL'],
  ['bulk get of "__proto__" gives it', 'it gathers the values in an object of JavaScript, which has no such member of its own'],
]);

async function* lines(body) {
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const whole = text.split('\n');
    text = whole.pop();
    for (const line of whole) yield JSON.parse(line);
  }
  if (text !== '') throw new Error(text);
}

const [, , runtime, address] = process.argv;
const start = {
  workerd: () => startWorkerd(here('tour.capnp'), address),
  plugin: () => startMiniflareWithPlugin('tour.worker.js', address, 'tour'),
  miniflare: () => startMiniflare('tour.worker.js'),
};
const worker = await start[runtime]();
try {
  const response = await fetch(worker.url, { signal: AbortSignal.timeout(90_000) });
  let [passed, failed, last] = [0, 0, ''];
  try {
    for await (const { begins, name, isAsExpected, outcome, expected } of lines(response.body)) {
      if (begins !== undefined) {
        last = begins;
        continue;
      }
      const differs = runtime === 'miniflare' && differencesOfMiniflare.has(name);
      if (isAsExpected !== differs) {
        passed++;
        continue;
      }
      failed++;
      console.error(differs ? `step no longer differs: ${name}` : `step failed: ${name}\n  expected ${expected}\n  was      ${outcome}`);
    }
  } catch (error) {
    failed++;
    console.error(`it ended in the step: ${last}\n${error}`);
  }
  console.log(`${passed} of ${passed + failed} steps passed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
} finally {
  await worker.stop();
}
