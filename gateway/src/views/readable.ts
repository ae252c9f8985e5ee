import { describeView, windowFault, WindowSight, type WindowAsked } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import type { Caller } from '../identity/caller.js';

const VIEW_ID = /^[A-Za-z0-9~-]{1,130}$/;

/** Whether somebody may read a view, as a whole or through a window. @throws Rejection */
export function checkReadable(kind: string, id: string, { permissions }: Pick<Caller, 'permissions'>): void {
  const definition = describeView(kind);
  if (!definition) throw new Rejection('not_found', { detail: `There is no view ${kind}.` });
  if (!VIEW_ID.test(id)) throw new Rejection('malformed_id', { field: 'id', detail: 'The id is not valid.' }, 400);
  if (!permissions.includes(definition.permission)) {
    throw new Rejection('forbidden', { detail: `The view ${kind} needs ${definition.permission}.` });
  }
}

/** What the view's contract makes of a window that was asked for. @throws Rejection that names the field */
export function sightOf(kind: string, asked: WindowAsked): WindowSight {
  const view = describeView(kind)!;
  const fault = windowFault(view, asked);
  if (!view.window || fault) throw new Rejection('unknown_field', { ...fault }, 400);
  return new WindowSight(view.window, asked);
}
