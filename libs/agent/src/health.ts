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
  const answers: Record<string, () => boolean> = {
    '/health/live': () => true,
    '/health/started': health.started,
    '/health/ready': health.ready,
  };
  const server = createServer((request, response) => {
    const asked = new Map(Object.entries(answers)).get(request.url ?? '');
    const [known, ok] = [asked !== undefined, asked?.() ?? false];
    response.writeHead(known ? (ok ? 200 : 503) : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: known ? (ok ? 'ok' : 'starting') : 'not_found' }));
  });
  return server.listen(port, host);
}
