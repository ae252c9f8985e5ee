import { ref } from './answers.mjs';

/**
 * One answer per status, its codes as an enumeration. Where a command has none of its own, the answer is that of any
 * command.
 */
export function commandRefusals(own, common) {
  const statuses = [...new Set([...own, ...common].map(({ status }) => status))].sort();
  return Object.fromEntries(
    statuses.map((status) => {
      const mine = own.filter((one) => one.status === status);
      const others = common.filter((one) => one.status === status);
      return [
        status,
        mine.length === 0 ? { $ref: `#/components/responses/${anyRefused(status)}` } : refused([...mine, ...others]),
      ];
    }),
  );
}

/** What any command may be refused with, by status. */
export const commonAnswers = (common) =>
  Object.fromEntries([...Map.groupBy(common, ({ status }) => status)].map(([status, all]) => [anyRefused(status), refused(all)]));

const anyRefused = (status) => `AnyCommandRefused${status}`;

function refused(refusals) {
  const fields = refusals.flatMap(({ fields }) => fields.map((field) => [field, {}]));
  const properties = { code: { enum: [...new Set(refusals.map(({ code }) => code))] }, ...Object.fromEntries(fields) };
  return {
    description: refusals.map(({ code, means }) => `- \`${code}\`: ${means}`).join('\n'),
    content: { 'application/problem+json': { schema: { allOf: [ref('Problem'), { type: 'object', properties }] } } },
  };
}
