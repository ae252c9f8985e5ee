import { Rejection } from '@agencyos/decider';
import type { NextFunction, Request, Response } from 'express';

/** Pages of these origins may act for a signed-in person: our own address and what the operator lists. */
export class Origins {
  private readonly allowed = new Set<string>();

  constructor(origins: readonly string[]) {
    for (const origin of origins) this.allow(origin);
  }

  allow(origin: string): void {
    this.allowed.add(new URL(origin).origin);
  }

  allows(origin: string): boolean {
    return this.allowed.has(origin);
  }

  /** Refuses requests that a foreign page makes a browser send. */
  readonly middleware = (request: Request, _response: Response, next: NextFunction): void => {
    const origin = request.get('origin');
    if (!origin || isSafe(request) || this.allows(origin)) return next();
    next(new Rejection('forbidden_origin', { detail: 'Requests from this origin are not accepted.' }, 403));
  };
}

export const isSafe = ({ method }: Request): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';

/**
 * A browser proves where an unsafe request comes from; SameSite=Strict keeps the cookie from other sites, this also
 * from other ports of the same host.
 */
export function comesFromOurPages(request: Request): boolean {
  if (request.get('origin')) return true; // checked against the list already
  const site = request.get('sec-fetch-site');
  return site === 'same-origin' || site === 'none';
}
