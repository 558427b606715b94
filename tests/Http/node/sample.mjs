// Runs the sample of docs/worker as it is pasted: node sample.mjs <configuration> <address of the KV server>. The lines of the sample's session are what it prints.
import { startWorkerd } from './runtimes.mjs';

const [, , config, address] = process.argv;
const worker = await startWorkerd(config, address);
try {
  const say = async (method, path, body, headers) => {
    const response = await fetch(worker.url + path, { method, body, headers });
    console.log(`${response.status} ${(await response.text()).trim()}`);
  };
  await say('PUT', '/shopping', 'bread and tea', { 'Content-Type': 'text/note' });
  await say('GET', '/shopping');
  await say('GET', '/');
  await say('DELETE', '/shopping');
  await say('GET', '/shopping');
  await say('PUT', '/kept', 'for Redis');
} finally {
  await worker.stop();
}
