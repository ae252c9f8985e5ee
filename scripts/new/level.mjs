/** From which level on what is new is written and offered; undefined while the last release is one of before levels. */
export function nextLevel(changes) {
  const releases = changes.files('contracts/released/*.json').sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const { level } = releases.length > 0 ? JSON.parse(changes.read(releases.at(-1))) : {};
  return level === undefined ? undefined : level + 1;
}

/** Says it of a new event in its set, beside what the set says of others. */
export function writtenSince(changes, { edit, types, evolution }, event) {
  const level = nextLevel(changes);
  if (level === undefined) return;
  const said = `${event}: { 1: { level: ${level} } }`;
  if (!evolution) return edit.insert(types.end, `, { since: { ${said} } }`);
  const since = evolution.properties.find(({ name }) => name.getText() === 'since');
  if (since) edit.append(since.initializer, said);
  else edit.append(evolution, `since: { ${said} }`);
}

/** The same of a new command, as a member of its definition. */
export function offeredSince(changes) {
  const level = nextLevel(changes);
  return level === undefined ? '' : `\n    since: ${level},`;
}
