import { cutText, startOfText } from '@agencyos/contracts';

/** Characters kept of one line. */
export const LINE_CHARACTERS = 2_000;

// CSI, OSC (ended by BEL or ST) and two-character escape sequences, in the 7-bit and 8-bit forms.
const ANSI =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/g;
// Controls except tab, and what would reorder or hide text.
const UNSAFE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/**
 * Makes text from a foreign program safe to show and to record: no escape sequences, no control or bidirectional
 * formatting characters, no lone surrogates, at most `limit` characters (the last one is then `…`).
 */
export function safeText(raw: string, limit = LINE_CHARACTERS): string {
  // Bounds the work before the expressions run; sequences may take up room, hence the surplus.
  const bounded = startOfText(raw, limit * 4);
  const clean = bounded.replace(ANSI, '').replace(UNSAFE, '').toWellFormed();
  return bounded.length === raw.length ? cutText(clean, limit) : `${startOfText(clean, limit - 1)}…`;
}
