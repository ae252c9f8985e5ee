import { isRejection, Rejection } from '@agencyos/decider';
import { cutText, type DataFault, type Problem } from '@agencyos/contracts';
import type { z } from 'zod';

const FIELD_CHARACTERS = 300;

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Conflict with the present state',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not acceptable as it is',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Temporarily unavailable',
};

/** RFC 9457 document of a refusal or fault. A fault's text stays in the log: it may name internals. */
export function problemOf(error: unknown, correlationId?: string): Problem {
  if (isRejection(error)) {
    return {
      type: `urn:agencyos:problem:${error.code}`,
      title: TITLES[error.status] ?? 'Refused',
      status: error.status,
      code: error.code,
      ...error.details,
      ...(correlationId && { correlationId }),
    };
  }
  return {
    type: 'urn:agencyos:problem:internal',
    title: TITLES[500]!,
    status: 500,
    code: 'internal',
    detail: 'Something failed on our side. Try again; if it stays, quote the correlation id.',
    ...(correlationId && { correlationId }),
  };
}

export function rejectionOf(problem: Problem): Rejection {
  const { type: _type, title: _title, status, code, correlationId: _id, ...details } = problem;
  return new Rejection(code, details, status);
}

/** Final: repeating the same command cannot help. 503 (`busy`) and faults may be repeated with the same id. */
export const isFinal = (problem: Problem): boolean => problem.status < 500;

/** What no command may hold, as a refusal that names the place. */
export const unfit = ({ path, why }: DataFault, within = ''): Rejection => {
  const field = [within, path].filter(Boolean).join('.');
  return new Rejection('invalid', { detail: `${field || 'body'}: ${why}`, ...(field && { field }) });
};

/** First issue of a failed parse as a refusal that names the field and its limit. */
export function invalid(error: z.ZodError, status = 422): Rejection {
  const issue = error.issues[0];
  if (!issue) return new Rejection('invalid', {}, status);
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : undefined;
  // Names are the sender's: an answer that repeats them has to fit into a message.
  const field = cutText([...issue.path, ...(unknown?.slice(0, 1) ?? [])].map(String).join('.'), FIELD_CHARACTERS);
  const limit = 'maximum' in issue ? issue.maximum : 'minimum' in issue ? issue.minimum : undefined;
  return new Rejection(
    'invalid',
    {
      detail: unknown ? `Unknown field ${field}.` : `${field || 'body'}: ${issue.message}`,
      ...(field && { field }),
      ...((typeof limit === 'number' || typeof limit === 'string') && { limit }),
      ...(unknown && { unknown: true }),
    },
    status,
  );
}
