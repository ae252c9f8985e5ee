import { z } from 'zod';

/** Free text written by people or agents. Branded so that a store may seal it at rest without a change of shape. */
export const Text = z.string().brand<'Text'>();
export type Text = z.infer<typeof Text>;
export const text = (value: string): Text => value as Text;

export const Id = z.uuid();
/** Version 5 is for ids that services derive from others, so nobody else can take one of those before its time. */
const MINTED = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** Whether a sender may have minted the id by itself, and in the one spelling that ids derived from it know. */
export const isMinted = (id: string): boolean => MINTED.test(id);
/** {@link Id} of something new, which whoever asks for it mints. Its form is checked where commands arrive. */
export const MintedId = Id.describe(
  'Minted by the sender: a UUID of version 7 or 4 in lower case. Version 5 is for services, which derive ids.',
);
export const Slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);
/** Path of a task in its run, e.g. `lint[3]` or `fix#2/test`. */
export const TaskId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.\-[\]#/]{0,199}$/);
export const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
/** RFC 3339 UTC with milliseconds. */
export const Time = z.iso.datetime({ precision: 3 });
export const Int = z.int().min(0);
/** What a person may do; {@link ROLE_PERMISSIONS} says it. An agent's role, which tasks name, is a slug. */
export const UserRole = z.enum(['viewer', 'operator', 'approver', 'admin']);
export const Principal = z.string().regex(/^(user|agent|service|group|role|oncall|system):[A-Za-z0-9][A-Za-z0-9-]{0,62}$/);

export type UserRole = z.infer<typeof UserRole>;
export type Principal = z.infer<typeof Principal>;
