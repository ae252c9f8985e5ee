import type { z } from 'zod';

/** By their expressions, which say nothing to whoever wrote the file. */
const FORMS: Record<string, string> = {
  '^[a-z0-9][a-z0-9-]{0,62}$': 'at most 63 small letters, digits and hyphens, e.g. release-check',
};
const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'fields of its own',
  record: 'names with values',
};
/** What people write instead of what is wanted. */
const HINTS: Record<string, string> = {
  run: ', e.g. [npm, test]: a command is a list of words, never a line for a shell',
  needs: ', e.g. [lint, test]',
};

/** What is wrong with a field, by its name and in our words; a sentence of our own schemas stays as it is. */
export function problemWords(issue: z.core.$ZodIssue, path: PropertyKey[]): string {
  const names = path.filter((part) => typeof part === 'string');
  const name = names.at(-1);
  const words = wordsOf(issue, name);
  return name === undefined ? words : `${name}: ${words}`;
}

function wordsOf(issue: z.core.$ZodIssue, name: string | undefined): string {
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = `${KINDS[issue.expected] ?? issue.expected} is wanted`;
      const received = /received (\w+)/.exec(issue.message)?.[1] ?? '';
      if (received === 'undefined') return 'is missing';
      const instead = received === '' ? '' : `, not ${KINDS[received] ?? received}`;
      const quotes = issue.expected === 'string' && /number|boolean/.test(received) ? ': put it in quotes' : '';
      return `${wanted}${instead}${quotes}${(name !== undefined && HINTS[name]) || ''}`;
    }
    case 'invalid_format': {
      const { pattern = '' } = issue as { pattern?: string };
      const form = FORMS[pattern.replace(/^\/|\/$/g, '')];
      if (form) return `wants ${form}`;
      return issue.message.startsWith('Invalid') ? 'has a form that is not accepted here' : issue.message;
    }
    case 'invalid_value':
      return `wants one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return issue.message.startsWith('Invalid') ? 'is none of the forms that are accepted here' : issue.message;
    case 'too_small':
      return issue.message.startsWith('Too small') ? `wants at least ${issue.minimum}` : issue.message;
    case 'too_big':
      return issue.message.startsWith('Too big') ? `wants at most ${issue.maximum}` : issue.message;
    default:
      return issue.message;
  }
}
