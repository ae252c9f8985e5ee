import { get } from 'node:http';
import { connect } from 'node:net';

const probeTimeoutMs = 2_000;

/** Whether `http://127.0.0.1:<port><path>` answers 200. */
export function answersReady(port: number, path = '/health/ready'): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false, timeout: probeTimeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}

/** What a process that is not ready says that it waits for; nothing if it does not say. */
export async function missingAt(port: number, path = '/health/ready'): Promise<string[]> {
  try {
    const url = `http://127.0.0.1:${port}${path}`;
    const response = await fetch(url, { signal: AbortSignal.timeout(probeTimeoutMs) });
    const { missing } = (await response.json()) as { missing?: unknown };
    return Array.isArray(missing) ? missing.map(String) : [];
  } catch {
    return [];
  }
}

/** Whether a NATS server greets on the port; it does so only once JetStream has recovered its store. */
export function greets(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(probeTimeoutMs, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('data', (data) => settle(data.toString('latin1').startsWith('INFO ')));
  });
}
