import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { DRAWINGS } from './drawings';
import { LEVELS } from './priority';
import { STATE_WORDS } from './pure/state-words';

const html = readFileSync(join(process.cwd(), 'src/index.html'), 'utf8');

it('every state and every priority has its drawing, and no other is sent along', () => {
  const drawn = [...html.matchAll(/<symbol\s+id="([\w-]+)"/g)].map(([, id]) => id);
  const states = Object.keys(STATE_WORDS).map((state) => `s-${state}`);
  expect(drawn.sort()).toEqual([...states, ...LEVELS.map((level) => `p-${level}`), 'logo'].sort());
});

it.each(Object.entries(DRAWINGS))('the icon %s stays on its grid of 16', (_name, path) => {
  expect(path).toMatch(/^M[\d\s.,MmLlHhVvCcAaZz-]+$/);
  const starts = [...path.matchAll(/M([\d.]+)[ ,]?([\d.]+)/g)].flatMap(([, x, y]) => [Number(x), Number(y)]);
  expect(starts.every((at) => at >= 0 && at <= 16)).toBe(true);
});
