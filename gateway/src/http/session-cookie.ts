import type { Request, Response } from 'express';

const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * The session's cookie: out of reach for scripts, never sent along by other sites. On https its name demands Secure
 * and this very host; on http://127.0.0.1 browsers differ on Secure, so the name is a plain one.
 */
export class SessionCookie {
  readonly name: string;

  constructor(private readonly secure: boolean) {
    this.name = secure ? '__Host-agencyos_session' : 'agencyos_session';
  }

  read(request: Pick<Request, 'headers'>): string | undefined {
    for (const part of (request.headers.cookie ?? '').split(';')) {
      const [name, value] = part.trim().split('=', 2);
      if (name === this.name && value) return value;
    }
    return undefined;
  }

  set(response: Response, secret: string, days: number): void {
    response.cookie(this.name, secret, this.options(days * DAY_MS));
  }

  clear(response: Response): void {
    response.cookie(this.name, '', this.options(0));
  }

  private options(maxAge: number) {
    return { httpOnly: true, sameSite: 'strict' as const, secure: this.secure, path: '/', maxAge };
  }
}
