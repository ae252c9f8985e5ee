import { parentPort } from 'node:worker_threads';
import { parseBytes } from '../workflow/parse-workflow.js';

// The other side of ParserThread. The YAML library asks the environment at each token, which is a fifth of its work where
// that is the real one.
process.env = {};

parentPort!.on('message', (bytes: Uint8Array) => parentPort!.postMessage({ parsed: parseBytes(bytes) }));
parentPort!.postMessage('ready');
