import { refusal } from '../core/refusals.js';

export const unknownWorkflow = refusal('unknown_workflow', 422, 'No such workflow, or version of it, has been published.');
export const definitionInvalid = refusal(
  'definition_invalid',
  422,
  'The file is not a workflow; `problems` says why, line by line.',
  'problems',
);
export const inputInvalid = refusal('input_invalid', 422, 'The input is not what the workflow declares.');
export const roleNotGranted = refusal(
  'role_not_granted',
  403,
  'The agent was not admitted for the role; `allowed` are those it has.',
  'allowed',
);
export const notAvailable = refusal(
  'not_available',
  409,
  'The task is not to be had: somebody else has it, or it is not its turn.',
  'state',
);
export const roleMismatch = refusal('role_mismatch', 403, 'The task needs a role that the sender does not have.', 'role');
export const alreadyFinished = refusal('already_finished', 409, 'The task has ended, as `state` says.', 'state');
export const notHolder = refusal('not_holder', 403, 'Somebody else holds the attempt.');
export const resultDiffers = refusal('result_differs', 409, 'The attempt has had another result already.');
export const stopping = refusal('stopping', 409, 'The attempt was told to stop; its result counts no more.');
export const notStopping = refusal('not_stopping', 409, 'Nobody has asked for a stop: give the task back instead.');
export const notStoppable = refusal('not_stoppable', 409, 'The task cannot be stopped or begun again as it is now.', 'state');
export const artifactMissing = refusal('artifact_missing', 422, 'A file that the task produces is not among its artifacts.');
export const routeNotAllowed = refusal(
  'route_not_allowed',
  422,
  'The workflow does not let this task go to that role.',
  'allowed',
);
export const handoffLoop = refusal('handoff_loop', 409, 'The role has had the task before.');
export const hopLimit = refusal('hop_limit', 409, 'The task has been handed on as often as it may.');
export const staleRevision = refusal('stale_revision', 409, 'The task has changed since the sender saw it.', 'present');
export const notWaiting = refusal('not_waiting', 409, 'The gate does not wait for this approval (any more).', 'state');
export const runExists = refusal('already_exists', 409, 'There is a run with this id already.', 'state');
export const closed = refusal('closed', 409, 'The run is over, as `state` says.', 'state');
export const staleToken = refusal('stale_token', 409, 'Another attempt has begun: whoever works on this one lets go.', 'attempt');
export const contentMissing = refusal(
  'content_missing',
  422,
  'The content store has no bytes under the digest: store them first.',
);
