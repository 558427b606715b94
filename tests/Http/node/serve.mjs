// Runs a configuration of workerd until it is ended: node serve.mjs <configuration> <address of the KV server>. Its first line is the URL that is served.
import { startWorkerd } from './runtimes.mjs';

const worker = await startWorkerd(process.argv[2], process.argv[3]);
console.log(worker.url);
