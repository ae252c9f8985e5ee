/** Characters kept of one line. */
export const LINE_CHARACTERS = 2_000;

// CSI, OSC (ended by BEL or ST) and two-character escape sequences, in the 7-bit and 8-bit forms.
const ANSI =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/g;
// Controls except tab, and what would reorder or hide text.
const UNSAFE = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * Makes text from a foreign program safe to show and to record: no escape sequences, no control or bidirectional
 * formatting characters, no lone surrogates, at most `limit` characters (the last one is then `…`).
 */
export function safeText(raw: string, limit = LINE_CHARACTERS): string {
  // Bounds the work before the expressions run; sequences may take up room, hence the surplus.
  const bounded = raw.length > limit * 4 ? raw.slice(0, limit * 4) : raw;
  const clean = wellFormed(bounded.replace(ANSI, '').replace(UNSAFE, ''));
  if (clean.length <= limit && bounded.length === raw.length) return clean;
  return `${wellFormed(clean.slice(0, limit - 1))}…`;
}

const wellFormed = (text: string): string => text.replace(LONE_SURROGATE, '\ufffd');
