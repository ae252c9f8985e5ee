import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { pause } from '../background.js';

/**
 * The last requests of an HTTP server that is to be closed. Who keeps a connection may send the next request into the very
 * moment in which it is closed, and cannot know whether it was taken; and one that is under way when the server is closed is
 * kept by Node.js afterwards, as if nothing had happened. So each answer says that it is the last one of its connection, for a
 * while before the server is closed: whoever sends something meanwhile comes over another connection next, to another replica.
 */
export class LastRequests {
  private readonly open = new Set<ServerResponse>();
  private ending = false;

  constructor(server: Server) {
    server.prependListener('request', (_: IncomingMessage, response: ServerResponse) => {
      if (this.ending) response.shouldKeepAlive = false;
      this.open.add(response);
      response.once('close', () => this.open.delete(response));
    });
  }

  /** Serves for so long, each connection for one request more. */
  async serve(ms: number): Promise<void> {
    this.ending = true;
    for (const response of this.open) response.shouldKeepAlive = false;
    if (ms > 0) await pause(ms);
  }
}
