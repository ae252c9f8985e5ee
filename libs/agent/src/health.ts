import { createServer, type Server } from 'node:http';

/** Serves `/health/live` (the process answers) and `/health/ready` (it gets tasks) on 127.0.0.1. */
export function serveHealth(port: number, ready: () => boolean): Server {
  const server = createServer((request, response) => {
    const known = request.url === '/health/live' || request.url === '/health/ready';
    const ok = request.url === '/health/live' || ready();
    response.writeHead(known ? (ok ? 200 : 503) : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: known ? (ok ? 'ok' : 'starting') : 'not_found' }));
  });
  return server.listen(port, '127.0.0.1');
}
