import { dataFault } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { invalid, unfit } from '@agencyos/runtime';
import type { z } from 'zod';

/** @throws Rejection that names the field: 400 when it is not understood, 422 when its value is not acceptable. */
export function parseBody<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  const fault = dataFault(body);
  if (fault) throw unfit(fault);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw refusalOf(parsed.error);
}

function refusalOf(error: z.ZodError): Rejection {
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0]!;
  const first = { issues: [issue] } as unknown as z.ZodError;
  if (issue.code === 'unrecognized_keys') return new Rejection('unknown_field', invalid(first).details, 400);
  const name = String(issue.path.findLast((part) => typeof part === 'string') ?? '');
  if (issue.code === 'invalid_format' && /(^id|Ids?)$/.test(name)) {
    return new Rejection(
      'malformed_id',
      { ...invalid(first).details, detail: `${issue.path.join('.')} is not a valid id.` },
      400,
    );
  }
  const limit = issue.code === 'custom' ? (issue.params?.['limit'] as number | undefined) : undefined;
  return new Rejection('invalid', { ...invalid(first).details, ...(limit !== undefined && { limit }) });
}
