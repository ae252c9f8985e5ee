import { defineEvents, newId, upcastOf, type EventData } from '@agencyos/contracts';
import { z } from 'zod';
import type { EventStore } from '../event-store.js';
import { PresentForm } from '../present-form.js';
import { sampleAppend } from './sample-append.js';

/** Lamps: brightness came with schema 2 of `LampLit`, and `LampSwitched` was the word for it before. */
export const lampEvents = defineEvents(
  'house',
  'lamp',
  { LampLit: z.object({ lampId: z.string(), percent: z.number().optional() }) },
  {
    versions: { LampLit: 2 },
    upcasters: { LampLit: { 1: (data) => ({ ...data, percent: 100 }) } },
    retired: {
      LampSwitched: {
        data: z.object({ lampId: z.string(), on: z.boolean() }),
        becomes: { type: 'LampLit', schema: 2 },
        upcast: ({ lampId, on }) => ({ lampId, percent: on ? 100 : 0 }),
      },
    },
  },
);

export const lampForm = (...own: string[]): PresentForm => {
  const form = new PresentForm(upcastOf([lampEvents]));
  form.owns(own);
  return form;
};

/** Records one event as some version of the product wrote it; returns its position. */
export async function recordAs(
  store: EventStore,
  stream: string,
  revision: number,
  type: string,
  schema: number,
  data: EventData,
): Promise<bigint> {
  const append = sampleAppend(stream, revision - 1, { commandId: newId() });
  const result = await store.append({ ...append, events: [{ ...append.events[0]!, type, schema, data }] });
  if (result.status !== 'appended') throw new Error(`append gave ${result.status}`);
  return result.position;
}
