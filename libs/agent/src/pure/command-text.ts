import { dataFault, LIMITS, nestedDeeperThan, type Problem } from '@agencyos/contracts';
import type { OutgoingCommand } from '../commands.js';

/** A command as it goes over the wire, or why swarm would not take it. What cannot be sent must not be tried for ever. */
export function commandText(command: OutgoingCommand): { json: string } | { problem: Problem } {
  let json: string;
  try {
    json = JSON.stringify(command);
    const fault = dataFault(command.data);
    if (fault) return refused(`${fault.path}: ${fault.why}`);
  } catch (error) {
    // A cycle, a BigInt, a `toJSON` that throws, or nesting without end.
    return refused(`it cannot be written as JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (nestedDeeperThan(json, LIMITS.messageDepth)) return refused(`it is nested deeper than ${LIMITS.jsonDepth} levels`);
  const bytes = Buffer.byteLength(json);
  if (bytes > LIMITS.commandBytes)
    return refused(`it has ${bytes} bytes, at most ${LIMITS.commandBytes}: store large output and hand over its digest`);
  return { json };
}

const refused = (detail: string): { problem: Problem } => ({
  problem: {
    type: 'urn:agencyos:problem:invalid',
    title: 'Not acceptable as it is',
    status: 422,
    code: 'invalid',
    detail,
  },
});
