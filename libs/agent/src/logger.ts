import type { AgentLogger } from './agent-options.js';

/** One JSON object per line on stdout, in pino's shape. */
export function jsonLogger(name: string): AgentLogger {
  // The reader may be gone before this process is: that must not keep it from ending tidily.
  process.stdout.on('error', () => undefined);
  const at = (level: number) => (fields: object, msg: string) =>
    void process.stdout.write(`${JSON.stringify({ level, time: Date.now(), name, ...fields, msg })}\n`);
  return { debug: at(20), info: at(30), warn: at(40), error: at(50) };
}
