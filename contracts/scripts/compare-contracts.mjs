import { differences, refused, unreadable } from './compare-schemas.mjs';

/**
 * Whatever the present contracts take away from those of a release; each is a sentence that says what to do. A new
 * major version may take away anything but events: those are recorded.
 */
export function violations(released, present, version = released.version) {
  const recorded = [...events(released.events, present.events), ...subjects(released.subjects, present.subjects)];
  if (major(version) > major(released.version)) return recorded;
  return [
    ...recorded,
    ...commands(released.commands, present.commands),
    ...views(released.views, present.views),
    ...messages(released, present),
    ...rest(released.rest, present.rest),
    ...permissions(released.permissions, present.permissions),
  ];
}

/** Recorded for ever: every old one must be valid still, and every new one readable by who knows the old. */
function events(before, after) {
  return each(
    before,
    after,
    'event',
    'Names are for ever: keep it, or retire it with the event that it becomes',
    (old, now, name) => {
      if (moved(old, now)) return [`The event ${name} has moved to ${now.context}/${now.aggregate}. Leave it where it is.`];
      if (now.schema < old.schema)
        return [`The event ${name} has schema ${now.schema} and was released with ${old.schema}. Never go back.`];
      const place = ({ at, what }) => `${name}${at} ${what}`;
      const found = [...refused(old.data, now.data), ...unreadable(old.data, now.data)];
      if (found.length > 0) {
        const advice = 'Within a name only optional fields are added: make it a new event, and retire this one with an upcaster.';
        return sentences(found, (one) => `The event ${place(one)}. ${advice}`);
      }
      if (now.schema > old.schema) return [];
      const advice = `Give ${name} the schema ${old.schema + 1}, with a fixture.`;
      return sentences(
        differences(old.data, now.data),
        (one) => `The event ${place(one)} within schema ${old.schema}. ${advice}`,
      );
    },
  );
}

/** Sent by others: what was accepted must be accepted. */
function commands(before, after) {
  return each(before, after, 'command', 'Keep it, at least to refuse it with a reason', (old, now, name) => {
    if (moved(old, now) || now.idField !== old.idField)
      return [`The command ${name} goes to another subject or stream. Leave it where it is.`];
    const permissions = old.permission.filter((permission) => !now.permission.includes(permission));
    return [
      ...permissions.map((permission) => `The permission ${permission} no longer suffices for ${name}. Let it suffice.`),
      ...sentences(
        refused(old.data, now.data),
        ({ at, what }) => `The command ${name}${at} ${what}. Take what was taken, or make a new command.`,
      ),
    ];
  });
}

/** Read by others: what was there must be there, in the same form. */
function views(before, after) {
  return each(before, after, 'view', 'Keep it, or make a new one beside it', (old, now, kind) => {
    if (now.context !== old.context) return [`The view ${kind} is asked for elsewhere. Leave it where it is.`];
    return [
      ...(now.permission === old.permission
        ? []
        : [`The view ${kind} needs ${now.permission} instead of ${old.permission}. Leave it.`]),
      ...each(old.rows, now.rows, `row of ${kind},`, 'Keep it', (row, next, name) =>
        sentences(
          unreadable(row, next),
          ({ at, what }) => `The view ${kind}, ${name}${at} ${what}. Keep it as it was, and add beside it.`,
        ),
      ),
    ];
  });
}

function messages(released, present) {
  const advice = 'Keep it as it was, and add beside it.';
  return [
    ...each(released.taken, present.taken, 'message', 'Keep it', (old, now, name) =>
      sentences(refused(old, now), ({ at, what }) => `The message ${name}${at} ${what}. ${advice}`),
    ),
    ...each(released.given, present.given, 'message', 'Keep it', (old, now, name) =>
      sentences(unreadable(old, now), ({ at, what }) => `The message ${name}${at} ${what}. ${advice}`),
    ),
  ];
}

function rest(before, after) {
  return each(before, after, 'REST operation', 'Keep it, or make a new one beside it', (old, now, name) => [
    ...sentences(
      refused(old.body ?? {}, now.body ?? {}),
      ({ at, what }) => `The body of ${name}${at} ${what}. Take what was taken.`,
    ),
    ...each(old.answers, now.answers, `answer of ${name},`, 'Keep it', (answer, next, status) =>
      sentences(unreadable(answer, next), ({ at, what }) => `The answer ${status} of ${name}${at} ${what}. Keep it as it was.`),
    ),
  ]);
}

const subjects = (before, after) =>
  each(before, after, 'subject', 'Others listen there: keep it', (old, now, name) =>
    old === now ? [] : [`The subject ${name} is ${now} and was ${old}. Others listen there: keep it.`],
  );

const permissions = (before, after) =>
  before
    .filter((permission) => !after.includes(permission))
    .map((permission) => `The permission ${permission} is gone. Tokens hold it: keep it.`);

/** Everything of before must be there still; what stayed is compared. */
function each(before, after, kind, advice, compare) {
  return Object.entries(before).flatMap(([name, old]) =>
    name in after ? compare(old, after[name], name) : [`The ${kind} ${name} is gone. ${advice}.`],
  );
}

const moved = (old, now) => old.context !== now.context || old.aggregate !== now.aggregate;
const major = (version) => Number(version.split('.')[0]);
const sentences = (found, say) => [...new Set(found.map(say))];
