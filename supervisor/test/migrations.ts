import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** What one migration does to the database on its way up. */
export interface Migration {
  name: string;
  sql: string;
  /** Level from which on nobody uses what it takes away. */
  contractsAt?: number;
}

/** Every migration of services and gateway, and each version of the log's own schema, by its source. */
export function migrationsIn(root: string): Migration[] {
  const files = globSync('{libs/*,services/*,gateway}/src/**/*.ts', { cwd: root, exclude: (path) => path.endsWith('.spec.ts') });
  const parse = (path: string) => ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true);
  const classes = files.flatMap((path) => all(parse(path), isMigration)).map(migrationOf);
  const log = parse('libs/runtime/src/event-store/postgres/schema.ts');
  const [versions] = all(log, (node): node is ts.ArrayLiteralExpression => ts.isArrayLiteralExpression(node));
  return [...classes, ...versions!.elements.map((element, index) => ({ name: `eventstore ${index + 1}`, sql: textOf(element) }))];
}

const isMigration = (node: ts.Node): node is ts.ClassDeclaration =>
  ts.isClassDeclaration(node) &&
  (node.heritageClauses?.some(({ types }) => types.some(({ expression }) => expression.getText() === 'MigrationInterface')) ??
    false);

function migrationOf(declaration: ts.ClassDeclaration): Migration {
  const member = (name: string) => declaration.members.find((one) => one.name?.getText() === name);
  const level = member('contractsAt') as ts.PropertyDeclaration | undefined;
  return {
    name: declaration.name!.text,
    sql: textOf(member('up')!),
    ...(level && { contractsAt: Number(level.initializer!.getText()) }),
  };
}

/** Every text in it; what is put into a template counts as a word. */
const textOf = (node: ts.Node): string =>
  all(
    node,
    (one): one is ts.LiteralLikeNode =>
      ts.isStringLiteralLike(one) || ts.isTemplateHead(one) || ts.isTemplateMiddleOrTemplateTail(one),
  )
    .map(({ text }) => text)
    .join(' x ');

function all<T extends ts.Node>(node: ts.Node, matches: (node: ts.Node) => node is T): T[] {
  const found: T[] = matches(node) ? [node] : [];
  ts.forEachChild(node, (child) => void found.push(...all(child, matches)));
  return found;
}

const NAME = String.raw`(?:IF NOT EXISTS )?((?:\w+\.)?"?\w+"?)`;
const RULES: [wrong: RegExp, what: string][] = [
  [/\bDROP (?!NOT NULL|INDEX)/i, 'drops something'],
  [/\bRENAME\b/i, 'renames something'],
  [/\bALTER COLUMN \S+ (?:SET DATA )?TYPE\b/i, 'changes a type'],
  [/\bSET NOT NULL\b/i, 'demands a value of rows that are there'],
  [
    /\bADD COLUMN (?:(?!\bDEFAULT\b|\bGENERATED\b)[^,;])*\bNOT NULL\b(?!(?:(?!\bADD COLUMN\b)[^,;])*\b(?:DEFAULT|GENERATED)\b)/i,
    'adds a column that old rows and versions have no value for',
  ],
  [/\bADD (?:CONSTRAINT|PRIMARY KEY|UNIQUE|CHECK|FOREIGN KEY|EXCLUDE)\b/i, 'demands more of rows'],
  [/\bADD COLUMN [^,;]*\b(?:UNIQUE|CHECK|REFERENCES|PRIMARY KEY)\b/i, 'demands more of rows'],
  [/\b(?:TRUNCATE (?!ON\b)|DELETE FROM\b)/i, 'deletes rows'],
  [/\bCREATE OR REPLACE\b/i, 'replaces what others call'],
];

/** What of a migration the version before could not live with; in words. */
export function takesAway({ sql }: Migration): string[] {
  // The body of a function runs later, and is called by whoever knows it.
  const statements = sql
    .replace(/--.*$/gm, '')
    .replace(/\$(\w*)\$.*?\$\1\$/gs, '')
    .replace(/\s+/g, ' ');
  const made = new Set([...statements.matchAll(new RegExp(`CREATE TABLE ${NAME}`, 'gi'))].map(([, name]) => name));
  const unique = [
    ...statements.matchAll(new RegExp(String.raw`CREATE UNIQUE INDEX (?:\w+ )?(?:IF NOT EXISTS \w+ )?ON ${NAME}`, 'gi')),
  ];
  const found = RULES.filter(([wrong]) => wrong.test(statements)).map(([, what]) => what);
  return [...new Set([...found, ...unique.flatMap(([, table]) => (made.has(table) ? [] : ['demands more of rows']))])];
}
