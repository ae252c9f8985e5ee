import type { CardRow } from '@agencyos/contracts';
import { isFailed } from '@agencyos/contracts/moves';

/** What a filter looks at beside the row. */
export interface FilterFacts {
  role?: string | undefined;
  who?: string | undefined;
  /** The viewer. */
  me?: string | undefined;
  /** `REL`, so that `REL-12` finds the card. */
  key: string;
}

export type CardFilter = (card: CardRow, facts: FilterFacts) => boolean;

const FIELDS: Record<string, (card: CardRow, value: string, facts: FilterFacts) => boolean> = {
  role: (_card, value, { role }) => role === value,
  label: ({ labels }, value) => labels.some((label) => label.toLowerCase() === value),
  priority: ({ priority }, value) => priority === value,
  is: (card, value, { who, me }) => {
    if (value === 'mine') return me !== undefined && (who === me || card.assignees.includes(me as never));
    if (value === 'failed') return isFailed(card);
    return value === 'blocked' && card.blocked !== undefined;
  },
};

/** `role:lint label:bug text`: all of it must hold; a leading `-` turns a term round. Empty finds everything. */
export function parseFilter(query: string): CardFilter | undefined {
  const terms = query.toLowerCase().split(/\s+/).filter(Boolean).map(parseTerm);
  if (terms.length === 0) return undefined;
  return (card, facts) => terms.every((term) => term(card, facts));
}

function parseTerm(term: string): CardFilter {
  const negated = term.startsWith('-') && term.length > 1;
  const body = negated ? term.slice(1) : term;
  const [name = '', value = ''] = body.split(/:(.*)/);
  const field = value === '' ? undefined : FIELDS[name];
  const test: CardFilter = field
    ? (card, facts) => field(card, value, facts)
    : (card, { key }) =>
        `${key}-${card.number} ${card.title} ${card.labels.join(' ')}`.toLowerCase().includes(body);
  return negated ? (card, facts) => !test(card, facts) : test;
}
