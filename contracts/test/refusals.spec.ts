import {
  allCommands,
  commonRefusals,
  httpRefusals,
  type DeclaredRefusal,
  type RefusalOf,
  type SharedRefusal,
} from '../src/index.js';
import { describe, expect, it } from '@jest/globals';

const declared = allCommands.flatMap(({ types }) =>
  Object.entries(types).flatMap(([type, { refusals }]) => refusals.map((refusal) => ({ type, ...refusal }))),
);
const common = [...commonRefusals, ...httpRefusals].map((refusal) => ({ type: 'any command', ...refusal }));

describe('the refusals of commands', () => {
  it.each([...declared, ...common])('$type: $code is a word and a sentence', ({ code, means }) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(means).toMatch(/^[A-Z].*\.$/);
  });

  it('have one status for each code, whoever says it', () => {
    const said = [...declared, ...common].map(({ code, status }) => `${code} ${status}`);
    const codes = [...new Set(said)].map((one) => one.split(' ')[0]);
    expect(codes.filter((code, index) => codes.indexOf(code) < index)).toEqual([]);
  });

  it('are said once for each command', () => {
    const names = declared.map(({ type, code }) => `${type} ${code}`);
    expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
  });
});

/** Nothing runs here: each line compiles only because the mistake in it is one. */
export const mistakes = {
  // @ts-expect-error -- no command is refused with it
  codeOfNoName: 'wip_limits' satisfies RefusalOf<'MoveCards'>,
  // @ts-expect-error -- another command's
  codeOfAnother: 'wip_limit' satisfies RefusalOf<'OpenBoard'>,
  // @ts-expect-error -- what any command may meet is not the decider's to say
  codeOfAll: 'busy' satisfies DeclaredRefusal<'MoveCards'>,
  // @ts-expect-error -- editing knows no columns that were seen
  codeOfOne: 'stale_column' satisfies SharedRefusal<'MoveCards' | 'EditCards'>,
};
