import type { TaskRow } from '@agencyos/contracts';

const OUTCOMES: Record<string, string> = {
  rejected: 'Rejected',
  revoked: 'Taken back',
  expired: 'Nobody decided in time',
  withdrawn: 'The request was withdrawn',
  superseded: 'A newer request took its place',
  unavailable: 'Nobody could be asked',
  digest_changed: 'What was approved has changed meanwhile',
};

/** Why a gate did not open, with the name of who decided so: `Rejected by admin: The tag is wrong`. */
export function refusalWords(
  { outcome, by, reason }: NonNullable<TaskRow['refusal']>,
  nameOf: (principal: string) => string,
): string {
  const words = OUTCOMES[outcome] ?? `The approval ended: ${outcome.replaceAll('_', ' ')}`;
  return `${words}${by ? ` by ${nameOf(by)}` : ''}${reason ? `: ${reason}` : ''}`;
}
