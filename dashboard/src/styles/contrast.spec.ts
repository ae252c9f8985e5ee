import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const css = readFileSync(join(process.cwd(), 'src/styles/tokens.css'), 'utf8');
const block = (selector: string) => css.slice(css.indexOf(`${selector} {`)).split('\n}')[0] ?? '';
const colours = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/gi)].map(([, name = '', hex = '']) => [name, hex]),
  );
const light = colours(block(':root'));
const themes = { light, dark: { ...light, ...colours(block("[data-theme='dark']")) } };

const channel = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const luminance = (hex: string) =>
  [0.2126, 0.7152, 0.0722].reduce(
    (sum, weight, i) => sum + weight * channel(parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16) / 255),
    0,
  );
function ratio(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const surfaces = ['bg-canvas', 'bg-surface', 'bg-raised', 'bg-sunken', 'bg-hover'];
const statuses = [
  'todo',
  'ready',
  'progress',
  'waiting',
  'review',
  'done',
  'failed',
  'cancelled',
  'healing',
].map((name) => `st-${name}`);
const tints = statuses.map((status) => `${status}-tint`);

/** Foreground, what it stands on, least ratio (WCAG 2.2 AA; content text AAA). */
const PAIRS: [string, string[], number][] = [
  ['text-1', [...surfaces, 'accent-tint', ...tints], 7],
  ['text-2', [...surfaces, 'accent-tint', ...tints], 4.5],
  ['text-3', [...surfaces, 'accent-tint'], 4.5],
  ['on-ink', ['ink', 'ink-hover'], 7],
  ['on-person', ['person'], 4.5],
  ['accent-text', [...surfaces, 'accent-tint'], 4.5],
  ['on-accent', ['accent'], 4.5],
  ['focus', [...surfaces, 'accent-tint'], 3],
  ['border-control', surfaces, 3],
  ...statuses.flatMap((status): [string, string[], number][] => [
    [`${status}-text`, [...surfaces, `${status}-tint`], 4.5],
    [status, [...surfaces, `${status}-tint`], 3],
    [`${status}-on`, [status], 3],
  ]),
];

describe.each(Object.entries(themes))('contrast of the %s theme', (_name, theme) => {
  it.each(PAIRS)('%s on %j is at least %d', (foreground, backgrounds, least) => {
    for (const background of backgrounds) {
      expect(theme[foreground]).toBeDefined();
      expect(ratio(theme[foreground]!, theme[background]!)).toBeGreaterThanOrEqual(least);
    }
  });
});
