/** A business refusal. `status` is the HTTP status of its problem document (409 unless said). */
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

const STATUS: Record<string, number> = {
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  invalid: 422,
  content_missing: 422,
  idempotency_conflict: 422,
  busy: 503,
};

export const isRejection = (error: unknown): error is Rejection =>
  error instanceof Error && error.name === 'Rejection' && 'code' in error;
