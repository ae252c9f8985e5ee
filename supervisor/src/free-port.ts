import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below those from which Linux, macOS and Windows take the ports of outgoing connections: none of them stands in its way. */
const KEPT_PORTS = [20_000, 32_000] as const;

/** A port of 127.0.0.1 that nobody uses at this moment. */
export const freePort = (): Promise<number> => listenOnce(0);

/** A free one for a server that has to be found there again after days. */
export async function portToKeep(): Promise<number> {
  for (;;) {
    const port = randomInt(...KEPT_PORTS);
    if (await isFree(port)) return port;
  }
}

/** Whether a server could listen there. One that an outgoing connection has answers nobody, and is not free either. */
export const isFree = (port: number): Promise<boolean> =>
  listenOnce(port).then(
    () => true,
    () => false,
  );

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
