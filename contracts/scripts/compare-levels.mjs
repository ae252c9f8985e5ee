import { differences } from './compare-schemas.mjs';

/**
 * What these contracts would write or offer while a release still runs that cannot read it; each is a sentence that says
 * what to do. A release of before levels is one to which there is no way back in any case.
 */
export function tooEarly(released, present) {
  if (released.level === undefined) return [];
  const next = released.level + 1;
  const isLater = (level) => level !== undefined && level > released.level;
  return [...events(), ...commands()];

  function events() {
    return Object.entries(present.events).flatMap(([name, { schema, since = {}, data }]) => {
      const old = released.events[name];
      const before = old?.schema ?? 0;
      const early = Array.from({ length: schema - before }, (_, n) => before + 1 + n).find((one) => !isLater(since[one]?.level));
      if (early !== undefined)
        return [
          `${name} of schema ${early} is new: write it from level ${next} on, since: { ${name}: { ${early}: { level: ${next} } } }.`,
        ];
      const added = Object.entries(since).flatMap(([one, { adds = [] }]) => (one > before ? adds : []));
      return newFields(old, data)
        .filter((field) => !added.includes(field))
        .map(
          (field) =>
            `${name} has the new field ${field}: name it in \`adds\` of its schema ${schema}, so that it is left out below its level.`,
        );
    });
  }

  function commands() {
    return Object.entries(present.commands).flatMap(([name, { since, fieldsSince = {}, data }]) => {
      const old = released.commands[name];
      if (!old) return isLater(since) ? [] : [`The command ${name} is new: offer it from level ${next} on, since: ${next}.`];
      return newFields(old, data)
        .filter((field) => !isLater(fieldsSince[field]))
        .map(
          (field) =>
            `The command ${name} has the new field ${field}: offer it from level ${next} on, fieldsSince: { '${field}': ${next} }.`,
        );
    });
  }
}

/** Paths as contracts write them: `cards.*.due`. */
const newFields = (old, data) =>
  old
    ? differences(old.data, data).flatMap(({ at, what }) => (what === 'is new' ? [at.slice(1).replaceAll('[]', '.*')] : []))
    : [];
