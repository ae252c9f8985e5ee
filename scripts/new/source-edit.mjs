import ts from 'typescript';

/**
 * A TypeScript file and what is to be put into it. Places are found in the syntax tree, never by a comment that someone has
 * to keep; what stands there already is not touched. Prettier gives the result its form.
 */
export class SourceEdit {
  #insertions = [];
  /** Module → names to import. */
  #imports = new Map();

  constructor(path, text) {
    this.path = path;
    this.text = text;
    this.file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  }

  /** Every node that `matches`, in the order of the text. */
  all(matches, within = this.file) {
    const found = [];
    const visit = (node) => {
      if (matches(node)) found.push(node);
      ts.forEachChild(node, visit);
    };
    visit(within);
    return found;
  }

  /** Arguments of each call of the function. */
  calls(name) {
    return this.all((node) => ts.isCallExpression(node) && node.expression.getText() === name);
  }

  /** The list that the constant of this name holds. */
  listOf(name) {
    const [declaration] = this.all((node) => ts.isVariableDeclaration(node) && node.name.getText() === name);
    return this.all((node) => ts.isArrayLiteralExpression(node), declaration)[0];
  }

  exportAll(from) {
    const last = this.file.statements.filter((statement) => ts.isExportDeclaration(statement)).at(-1);
    this.insert(last.end, `\nexport * from '${from}';`);
  }

  insert(position, text) {
    this.#insertions.push({ position, text });
  }

  /** At the end of an object or a list. */
  append(literal, text) {
    const items = literal.properties ?? literal.elements;
    if (items.length > 0) this.insert(items.at(-1).end, `,\n${text}`);
    else this.insert(literal.getStart() + 1, `${text},`);
  }

  appendCase(switchStatement, text) {
    this.insert(switchStatement.caseBlock.clauses.at(-1)?.end ?? switchStatement.caseBlock.end - 1, `\n${text}`);
  }

  /** At the beginning of a function's body. */
  prepend(block, text) {
    this.insert(block.getStart() + 1, `\n${text}`);
  }

  /** Under that name something is imported, or declared at the top. */
  knows(name) {
    return this.importOf(name) !== undefined || this.declares(name);
  }

  declares(name) {
    return this.file.statements.some(
      (statement) =>
        statement.name?.text === name ||
        statement.declarationList?.declarations.some((declaration) => declaration.name.getText() === name),
    );
  }

  exports(name) {
    return this.file.statements.some(
      (statement) =>
        statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) &&
        (statement.name?.text === name ||
          statement.declarationList?.declarations.some((declaration) => declaration.name.getText() === name)),
    );
  }

  /** The module that the name is imported from. */
  importOf(name) {
    return this.#declarations().find((declaration) => namesOf(declaration).some((one) => one.name === name))?.moduleSpecifier
      .text;
  }

  import(name, from, { type = false } = {}) {
    if (this.knows(name)) return;
    const names = this.#imports.get(from) ?? [];
    if (!names.some((one) => one.name === name)) names.push({ name, type });
    this.#imports.set(from, names);
  }

  /** The text with everything in its place. */
  result() {
    const changes = this.#insertions.map(({ position, text }) => ({ start: position, end: position, text }));
    for (const [from, names] of this.#imports) changes.push(this.#importChange(from, names));
    // From the end, so that positions before it stay; of two at one place the first stays first.
    const order = changes.map((change, index) => ({ ...change, index }));
    order.sort((a, b) => b.start - a.start || b.index - a.index);
    return order.reduce((text, { start, end, text: put }) => text.slice(0, start) + put + text.slice(end), this.text);
  }

  #declarations() {
    return this.file.statements.filter((statement) => ts.isImportDeclaration(statement));
  }

  #importChange(from, names) {
    const declarations = this.#declarations();
    const same = declarations.find((one) => one.moduleSpecifier.text === from && namesOf(one).length > 0);
    if (same) {
      const all = namesOf(same);
      for (const name of names) {
        const next = all.findIndex((one) => one.name.toLowerCase() > name.name.toLowerCase());
        all.splice(next < 0 ? all.length : next, 0, name);
      }
      return { start: same.getStart(), end: same.end, text: importText(from, all) };
    }
    const text = importText(from, names);
    const next = declarations.find((one) => sortKey(one.moduleSpecifier.text) > sortKey(from));
    if (next) return { start: next.getStart(), end: next.getStart(), text: `${text}\n` };
    const end = declarations.at(-1)?.end ?? 0;
    return { start: end, end, text: end === 0 ? `${text}\n` : `\n${text}` };
  }
}

/** Packages first, then parents, then neighbours. */
export const sortKey = (from) => (from.startsWith('./') ? `2${from}` : from.startsWith('.') ? `1${from}` : `0${from}`);

function namesOf({ importClause }) {
  const named = importClause?.namedBindings;
  if (!named || !ts.isNamedImports(named)) return [];
  const allTypes = importClause.phaseModifier === ts.SyntaxKind.TypeKeyword;
  return named.elements.map((element) => ({
    name: element.name.text,
    property: element.propertyName?.text,
    type: allTypes || element.isTypeOnly,
  }));
}

function importText(from, names) {
  const allTypes = names.every(({ type }) => type);
  const list = names.map(
    ({ name, property, type }) => `${type && !allTypes ? 'type ' : ''}${property ? `${property} as ` : ''}${name}`,
  );
  return `import ${allTypes ? 'type ' : ''}{ ${list.join(', ')} } from '${from}';`;
}
