import { posix } from 'node:path';
import { beginningOf } from './event.mjs';
import { samplesOf } from './fields.mjs';
import { kebab } from './names.mjs';

/** Given, when, then: what was generated is green, what a person has to decide is red until then. */
export function commandSpec(changes, aggregate, { name, event, fields, codes }) {
  const { commands, events, decider } = aggregate;
  const { type, fixture } = beginningOf(changes, aggregate);
  const data = samplesOf(aggregate, fields, fixture.data);
  const path = posix.join(posix.dirname(decider.path), `${kebab(name)}.spec.ts`);
  const refused = codes.includes('not_found')
    ? `\n  it('is refused where nothing has begun', () => given().when(asked).thenRejected('not_found'));`
    : '';
  changes.create(
    path,
    `import { ${commands.set}, ${events.set}, type ${commands.union}, type ${events.union} } from '@agencyos/contracts';
import { deciderSpec } from '@agencyos/testing/decider';
import { describe, it } from '@jest/globals';
import { ${decider.name} } from './${posix.basename(decider.path, '.ts')}.js';

const given = deciderSpec(${decider.name});
const begun: ${events.union} = { type: '${type}', data: ${events.set}.types.${type}.parse(${JSON.stringify(fixture.data)}) };
const asked: ${commands.union} = { type: '${name}', data: ${commands.set}.types.${name}.data.parse(${JSON.stringify(data)}) };
const happened: ${events.union} = { type: '${event}', data: ${events.set}.types.${event}.parse(asked.data) };

describe('${name}', () => {
  it('is recorded', () => given(begun).when(asked).then(happened));${refused}
  it('records nothing where it is so already', () => given(begun, happened).when(asked).then());
});
`,
  );
  changes.leave(path, '"records nothing where it is so already" is red until then; a case for each refusal', 'so already');
}
