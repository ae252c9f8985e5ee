import { parentPort } from 'node:worker_threads';
import { parseBytes } from './parse-workflow.js';

// The other side of ParserThread.
parentPort!.on('message', (bytes: Uint8Array) => parentPort!.postMessage({ parsed: parseBytes(bytes) }));
parentPort!.postMessage('ready');
