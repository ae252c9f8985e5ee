import { GateNodeForm } from '@agencyos/contracts';
import { defineKind } from '../kind.js';
import { attendGate } from './attend-gate.js';
import { planGate, type GateFields, type GateNode } from './gate-node.js';

export const gateKind = defineKind<GateFields, GateNode>({
  name: 'gate',
  field: 'gate',
  hasOutput: false,
  shape: GateNodeForm,
  templates: ({ gate }) => ({
    gate: { action: { target: gate?.action?.target, parameters: gate?.action?.parameters }, brief: gate?.brief },
  }),
  plan: planGate,
  templated: ({ action: { target, parameters }, brief }) => [target, parameters, brief],
  attend: attendGate,
});
