import { createServer, type Server } from 'node:http';

/** What is asked, and the answer for now. */
export interface Health {
  /** Its start has come to an end. */
  started(): boolean;
  /** It gets tasks. */
  ready(): boolean;
}

/** Serves `/health/live` (the process answers), `/health/started` and `/health/ready`. */
export function serveHealth({ host, port }: { host: string; port: number }, health: Health): Server {
  const answers = new Map([
    ['/health/live', () => true],
    ['/health/started', health.started],
    ['/health/ready', health.ready],
  ]);
  const server = createServer((request, response) => {
    const ok = answers.get(request.url ?? '')?.();
    const [code, status] = ok === undefined ? [404, 'not_found'] : ok ? [200, 'ok'] : [503, 'starting'];
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status }));
  });
  return server.listen(port, host);
}
