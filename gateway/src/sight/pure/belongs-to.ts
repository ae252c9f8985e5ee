import type { ApprovalOrigin } from '@agencyos/contracts';
import type { z } from 'zod';

/** What a thing belongs to: a board, a run (and with it to the run's board), the board of operations, or nobody. */
export type Belongs = { board: string } | { run: string } | { approval: string } | 'operations' | 'nobody';

type Row = Record<string, unknown>;
type Origin = z.infer<typeof ApprovalOrigin>;

const byOrigin = ({ kind, id }: Origin): Belongs => {
  if (kind === 'run') return { run: id };
  return kind === 'repair' || kind === 'incident' || kind === 'drill' ? 'operations' : 'nobody';
};
const onBoard = (boardId: unknown): Belongs => (typeof boardId === 'string' ? { board: boardId } : 'nobody');
const nobody = (): Belongs => 'nobody';

/** Of every view, what each of its rows belongs to. A view that is missing here is refused. */
export const ROWS: Readonly<Record<string, (id: string, key: string, row: Row) => Belongs>> = {
  board: (id) => ({ board: id }),
  boards: (_id, _key, { boardId }) => onBoard(boardId),
  run: (id) => ({ run: id }),
  'task-badge': (id) => ({ run: id }),
  'run-list': (_id, _key, { boardId }) => onBoard(boardId),
  queues: (_id, key, { runId }) => (/^(held|ready)\//.test(key) ? { run: String(runId) } : 'nobody'),
  inbox: (_id, _key, { origin }) => byOrigin(origin as Origin),
  approval: (_id, _key, { origin }) => byOrigin(origin as Origin),
  incidents: () => 'operations',
  // How the installation is: within their permissions, everybody's.
  agents: nobody,
  services: nobody,
  healing: nobody,
  workflows: nobody,
  policy: nobody,
  directory: nobody,
};

/** Of every kind of stream, what its facts belong to. One that is missing here is refused. */
export const STREAMS: Readonly<Record<string, (id: string) => Belongs>> = {
  board: (id) => ({ board: id }),
  run: (id) => ({ run: id }),
  approval: (id) => ({ approval: id }),
  incident: () => 'operations',
  repair: () => 'operations',
  target: nobody,
  monitor: nobody,
  healing: nobody,
  runbook: nobody,
  autonomy: nobody,
  upgrade: nobody,
  agent: nobody,
  workflow: nobody,
  policy: nobody,
  directory: nobody,
  token: nobody,
};

export function belongsOfStream(stream: string): Belongs | undefined {
  const dash = stream.indexOf('-');
  return STREAMS[stream.slice(0, dash)]?.(stream.slice(dash + 1));
}

/** What the fact itself says of where its approval comes from. */
export function belongsOfFact({ origin, usedBy = origin }: Record<string, unknown>): Belongs | undefined {
  return usedBy === undefined ? undefined : byOrigin(usedBy as Origin);
}

/** Fields of commands, and bodies, that name a thing which is looked at or changed. */
export function belongsOfFields(data: Record<string, unknown>): Belongs[] {
  const { boardId, runId, approvalId, incidentId, repairId } = data;
  return [
    ...(typeof boardId === 'string' ? [{ board: boardId }] : []),
    ...(typeof runId === 'string' ? [{ run: runId }] : []),
    ...(typeof approvalId === 'string' ? [{ approval: approvalId }] : []),
    ...(typeof incidentId === 'string' || typeof repairId === 'string' ? ['operations' as const] : []),
  ];
}
