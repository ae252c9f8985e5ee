/**
 * Ranks are fractional numbers written so that plain string comparison orders them: an integer part whose first
 * letter says its length (`a0`…`az`, `b00`…, downwards `Zz`…), then an optional fraction without trailing zeros.
 * Adding at either end only counts the integer part on, so a rank grows with the logarithm of a column's length;
 * only cards put again and again into the same gap make it longer.
 */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ZERO = DIGITS.charAt(0);
const NINE = DIGITS.charAt(DIGITS.length - 1);
const FIRST = 'a0';

/** `count` ascending ranks strictly between two neighbours; an absent neighbour is the column's end. */
export function ranksBetween(lower: string | undefined, upper: string | undefined, count: number): string[] {
  if (count === 0) return [];
  if (upper === undefined) return series(count, lower, (previous) => rankBetween(previous, undefined));
  if (lower === undefined) return series(count, upper, (next) => rankBetween(undefined, next)).reverse();
  const middle = rankBetween(lower, upper);
  const before = Math.floor(count / 2);
  return [...ranksBetween(lower, middle, before), middle, ...ranksBetween(middle, upper, count - before - 1)];
}

function series(count: number, start: string | undefined, step: (from: string | undefined) => string): string[] {
  const ranks: string[] = [];
  for (let rank = start; ranks.length < count;) ranks.push((rank = step(rank)));
  return ranks;
}

export function rankBetween(lower: string | undefined, upper: string | undefined): string {
  if (lower === undefined && upper === undefined) return FIRST;
  if (lower === undefined) return before(upper as string);
  const whole = wholeOf(lower);
  if (upper === undefined) return next(whole) ?? whole + middle(lower.slice(whole.length), undefined);
  if (wholeOf(upper) === whole) return whole + middle(lower.slice(whole.length), upper.slice(whole.length));
  const following = next(whole);
  return following !== undefined && following < upper ? following : whole + middle(lower.slice(whole.length), undefined);
}

function before(upper: string): string {
  const whole = wholeOf(upper);
  const fraction = upper.slice(whole.length);
  if (fraction !== '') return whole;
  return previous(whole) ?? whole + middle('', fraction);
}

function wholeOf(rank: string): string {
  const head = rank.charCodeAt(0);
  const length = head >= 97 ? head - 97 + 2 : 90 - head + 2;
  return rank.slice(0, length);
}

function next(whole: string): string | undefined {
  const head = whole.charAt(0);
  const tail = carry(whole.slice(1), NINE, ZERO, 1);
  if (tail !== undefined) return head + tail;
  if (head === 'z') return undefined;
  if (head === 'Z') return FIRST;
  const following = String.fromCharCode(head.charCodeAt(0) + 1);
  return following + ZERO.repeat(following > 'a' ? whole.length : whole.length - 2);
}

function previous(whole: string): string | undefined {
  const head = whole.charAt(0);
  const tail = carry(whole.slice(1), ZERO, NINE, -1);
  if (tail !== undefined) return head + tail;
  if (head === 'A') return undefined;
  if (head === 'a') return 'Z' + NINE;
  const preceding = String.fromCharCode(head.charCodeAt(0) - 1);
  return preceding + NINE.repeat(preceding < 'Z' ? whole.length : whole.length - 2);
}

/** Counts the digits one on or back; `undefined` when all of them rolled over. */
function carry(digits: string, rollsOver: string, into: string, by: 1 | -1): string | undefined {
  let at = digits.length - 1;
  while (at >= 0 && digits.charAt(at) === rollsOver) at -= 1;
  if (at < 0) return undefined;
  const counted = DIGITS.charAt(DIGITS.indexOf(digits.charAt(at)) + by);
  return digits.slice(0, at) + counted + into.repeat(digits.length - at - 1);
}

/** A short fraction strictly between two; `upper` absent means 1. */
function middle(lower: string, upper: string | undefined): string {
  let shared = 0;
  if (upper !== undefined) {
    while ((lower[shared] ?? ZERO) === upper[shared]) shared += 1;
    if (shared > 0) return upper.slice(0, shared) + middle(lower.slice(shared), upper.slice(shared));
  }
  const from = lower === '' ? 0 : DIGITS.indexOf(lower.charAt(0));
  const to = upper === undefined ? DIGITS.length : DIGITS.indexOf(upper.charAt(0));
  if (to - from > 1) return DIGITS.charAt(Math.round((from + to) / 2));
  if (upper !== undefined && upper.length > 1) return upper.charAt(0);
  return DIGITS.charAt(from) + middle(lower.slice(1), undefined);
}
