import { durationMs, type GateNodeForm } from '@agencyos/contracts';
import type { z } from 'zod';
import type { NodeFrame, WorkflowNode } from '../../workflow/workflow-definition.js';

/** A gate as a file writes it. */
export type GateFields = z.infer<typeof GateNodeForm>;

/** A door that people open. */
export interface GateNode extends WorkflowNode {
  kind: 'gate';
  action: { kind: string; target: string; parameters?: unknown; artifacts: string[] };
  policyId?: string;
  brief?: string;
  expiresInMs?: number;
  /** Tasks that it guards: their real input is part of what is approved. */
  guards: string[];
}

export function planGate({ gate }: GateFields, frame: NodeFrame, guards: string[]): GateNode {
  const { action, policy, brief, expires } = gate;
  return {
    kind: 'gate',
    ...frame,
    guards,
    action: { ...action, artifacts: action.artifacts ?? [] },
    ...(policy !== undefined && { policyId: policy }),
    ...(brief !== undefined && { brief }),
    ...(expires !== undefined && { expiresInMs: durationMs(expires)! }),
  };
}
