import { describe, expect, it } from '@jest/globals';
import { parseWorkflow } from './parse-workflow.js';

const messagesOf = (yaml: string): string[] => {
  const parsed = parseWorkflow(yaml);
  return 'problems' in parsed ? parsed.problems.map(({ message }) => message) : [];
};

describe('a mistake in a workflow file (fault 37)', () => {
  it('is told by the name of its field, in our words, all of them at once', () => {
    const messages = messagesOf(`workflow: Node.js CI
title: 2024
tasks:
  - id: wait
    title: Wait
    role: check
    run: sleep 5
  - title: Nameless
    role: check
    run: [node]
`);
    expect(messages).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^workflow: wants at most 63 small letters, digits and hyphens/),
        'title: a text is wanted, not a number: put it in quotes',
        expect.stringMatching(/^run: a list is wanted, not a text, e\.g\. \[npm, test\]/),
        'id: is missing',
      ]),
    );
    for (const message of messages) expect(message).not.toMatch(/Invalid|expected|received|\^\[/);
  });
});
