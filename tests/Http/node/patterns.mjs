// Runs the patterns of docs/worker as they are pasted: node patterns.mjs <configuration> <address of the KV server>.
import { startWorkerd } from './runtimes.mjs';

const [, , config, address] = process.argv;
const worker = await startWorkerd(config, address);
try {
  const say = async (method, path, body) => {
    const response = await fetch(worker.url + path, { method, body });
    console.log(`${response.status} ${(await response.text()).trim()}`);
  };
  await say('GET', '/flags');
  await say('GET', '/cached/7');
  await say('GET', '/cached/7');
  await say('PUT', '/preferences/ada', '{"theme":"dark"}');
  await say('PUT', '/preferences/bob', '{"theme":"light"}');
  await say('GET', '/preferences/ada');
  await say('GET', '/preferences');
} finally {
  await worker.stop();
}
