import { commonRefusals, httpRefusals } from '@agencyos/contracts';

const STATUS: Partial<Record<string, number>> = Object.fromEntries(
  [...commonRefusals, ...httpRefusals].map(({ code, status }) => [code, status]),
);

/**
 * A business refusal. `status` is the HTTP status of its problem document: unless said, that of what any command may
 * meet, else 409. Whoever decides a command takes `rejection`, which knows its contract.
 */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  constructor(
    readonly code: string,
    readonly details: Record<string, unknown> & { detail?: string; field?: string; limit?: number | string } = {},
    readonly status: number = STATUS[code] ?? 409,
  ) {
    super(details.detail ?? code);
  }
}

export const isRejection = (error: unknown): error is Rejection =>
  error instanceof Error && error.name === 'Rejection' && 'code' in error;
