import { Problem } from '../../supervisor/bin/problem.mjs';

/** `RenameColumn` → `renameColumn` */
export const camel = (name) => name[0].toLowerCase() + name.slice(1);
/** `RenameColumn` → `rename-column` */
export const kebab = (name) => name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
/** `rename-column` → `RenameColumn` */
export const pascal = (name) => name.replace(/(^|-)([a-z])/g, (_, _dash, letter) => letter.toUpperCase());

/** A command's or an event's. @throws {Problem} */
export function requirePascal(name, what) {
  if (!/^[A-Z][A-Za-z0-9]+$/.test(name ?? '')) throw new Problem(`${what} needs a name such as ${EXAMPLES[what]}.`);
  return name;
}

const EXAMPLES = { 'A command': 'RenameColumn', 'An event': 'ColumnRenamed' };

/** A folder's, a service's, a view's. @throws {Problem} */
export function requireKebab(name, what) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name ?? ''))
    throw new Problem(`${what} needs a name in small letters, such as spend-report.`);
  return name;
}
