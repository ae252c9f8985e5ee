import { randomBytes } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { isOurs } from './our-paths.js';

const nonceOf = (response: unknown): string => (response as Response).locals['nonce'] as string;

const HSTS = 'max-age=31536000';

/** What handlers answer is data and never a page: nothing may be loaded by it, run in it or shown around it. */
const OF_DATA: Record<string, string> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

export function securityHeaders(https: boolean): RequestHandler {
  const ofData = new Map(Object.entries({ ...OF_DATA, ...(https && { 'Strict-Transport-Security': HSTS }) }));
  const ofPages = pageHeaders(https);
  return (request, response, next) => {
    if (!isOurs(request)) return ofPages(request, response, next);
    response.setHeaders(ofData);
    next();
  };
}

/** The page may load only what we serve ourselves; inline style elements need the response's nonce. */
function pageHeaders(https: boolean): RequestHandler {
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", (_request, response) => `'nonce-${nonceOf(response)}'`],
        fontSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        objectSrc: ["'none'"],
        requireTrustedTypesFor: ["'script'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: https && { maxAge: 31_536_000, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
    xPoweredBy: true,
  }) as RequestHandler;
  return (request, response, next) => {
    response.locals['nonce'] = randomBytes(16).toString('base64');
    headers(request, response, next);
  };
}
