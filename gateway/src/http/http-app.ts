import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import type { Express } from 'express';
import { ownOrigins, type GatewayConfig } from '../config.js';
import { LiveAdapter } from '../live/live-adapter.js';
import { AuthGuard } from './auth.guard.js';
import { JsonBodyGuard } from './body.guard.js';
import { correlationMiddleware } from './correlation.middleware.js';
import { dashboardFiles } from './dashboard-files.js';
import { docsFiles } from './docs-files.js';
import { Origins } from './origins.js';
import { ProblemFilter } from './problem.filter.js';
import { securityHeaders } from './security-headers.js';

/** How long a request may take to arrive. */
const REQUEST_MS = 30_000;

/** Everything between a socket and the handlers. */
export function configureHttp(app: INestApplication, config: GatewayConfig): void {
  const express = app.getHttpAdapter().getInstance() as Express;
  express.disable('x-powered-by');
  // One address, one spelling. The router is there by now, so the settings of the same names would come too late.
  Object.assign(express.router, { caseSensitive: true, strict: true });
  express.set('query parser', 'simple');
  express.set('etag', false); // answers are never kept, so nobody asks whether they have changed
  const server = app.getHttpServer() as Server;
  server.requestTimeout = REQUEST_MS;
  const origins = new Origins(ownOrigins(config));
  app.use(correlationMiddleware, securityHeaders(config.publicUrl.startsWith('https:')), origins.middleware);
  if (config.docsDir) app.use(...docsFiles(config.docsDir));
  if (config.dashboardDir) app.use(...dashboardFiles(config.dashboardDir));
  app.useGlobalGuards(app.get(AuthGuard), app.get(JsonBodyGuard));
  app.useGlobalFilters(app.get(ProblemFilter));
  app.useWebSocketAdapter(new LiveAdapter(server, origins));
}
