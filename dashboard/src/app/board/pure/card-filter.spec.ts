import { describe, expect, it } from '@jest/globals';
import { card } from '../../../test/rows';
import { parseFilter } from './card-filter';

const lint = card('a', 'todo', 'a', {
  title: 'Look for broken files',
  labels: ['Build'],
  number: 12,
} as never);
const facts = { key: 'REL', role: 'check', me: 'user:1' };
const finds = (query: string) => parseFilter(query)?.(lint, facts);

describe('the filter', () => {
  it('is nothing without words', () => expect(parseFilter('  ')).toBeUndefined());
  it('finds by text, number and label', () =>
    expect(['broken', 'rel-12', 'label:build', 'BUILD'].map(finds)).toEqual([true, true, true, true]));
  it('finds by role and priority', () => expect(finds('role:check priority:normal')).toBe(true));
  it('needs every term', () => expect(finds('broken role:notes')).toBe(false));
  it('turns a term round', () => expect([finds('-role:notes'), finds('-broken')]).toEqual([true, false]));
  it('takes an unknown field for text', () => expect(finds('colour:red')).toBe(false));
});
