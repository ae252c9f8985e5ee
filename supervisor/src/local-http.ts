import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';

const maxBodyBytes = 4_096;

export const invalid = (response: ServerResponse, { issues }: z.ZodError): void =>
  problem(
    response,
    422,
    'invalid',
    issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; '),
  );

export async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > maxBodyBytes) return '';
  }
  return text;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function send(response: ServerResponse, status: number, body: object, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
}

export function problem(response: ServerResponse, status: number, code: string, detail: string): void {
  send(response, status, { status, code, detail }, 'application/problem+json');
}
