// Which commands a project's sources refuse, and with which codes, as the compiler sees it. Nothing is run.
import { dirname, join } from 'node:path';
import ts from 'typescript';

/**
 * From each `rejection(command, 'code')` back through the callers of helpers that only pass a command on.
 * @param {string} tsconfig the project's; specs and what is for them count nothing
 * @returns {string[]} `MoveCards wip_limit` for each code with which a command is refused
 */
export function refusalsIn(tsconfig) {
  const program = programOf(tsconfig);
  const checker = program.getTypeChecker();
  const sources = program.getSourceFiles().filter((file) => !file.isDeclarationFile);
  const calls = sources.flatMap(callsIn);
  const callsOf = Map.groupBy(calls, ({ expression }) => symbolOf(expression));
  const found = new Set();
  for (const { expression, arguments: given } of calls) {
    if (!ts.isIdentifier(expression) || expression.text !== 'rejection' || given.length < 2) continue;
    for (const type of commandsOf(given[0], new Set())) found.add(`${type} ${given[1].text}`);
  }
  return [...found].sort();

  /** What the expression may be; where its type names several commands, those that callers pass. */
  function commandsOf(expression, seen) {
    const names = namesIn(checker.getTypeAtLocation(expression));
    const symbol = symbolOf(expression);
    const declaration = symbol?.valueDeclaration;
    if (names.length <= 1 || seen.has(symbol) || !declaration || !ts.isParameter(declaration)) return names;
    const helper = declaration.parent;
    const callers = callsOf.get(symbolOf(helper.name ?? helper.parent.name)) ?? [];
    if (callers.length === 0) return names;
    const index = helper.parameters.indexOf(declaration);
    const within = new Set(seen).add(symbol);
    const passed = callers.flatMap((caller) => commandsOf(caller.arguments[index], within));
    return names.filter((name) => passed.includes(name));
  }

  function namesIn(type) {
    const property = checker.getPropertyOfType(type, 'type');
    const named = property && checker.getTypeOfSymbol(property);
    const members = named?.isUnion() ? named.types : named ? [named] : [];
    return members.flatMap((member) => (member.isStringLiteral() ? [member.value] : []));
  }

  /** Where a name is declared, imports followed. */
  function symbolOf(node) {
    const name = node && ts.isPropertyAccessExpression(node) ? node.name : node;
    const symbol = name && checker.getSymbolAtLocation(name);
    return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  }
}

/** What others declare is read only where it names commands: frameworks and servers take seconds, and say nothing. */
const SPEAKING = /^(\.|@agencyos\/(contracts|decider)$)/;

function programOf(tsconfig) {
  const folder = dirname(tsconfig);
  const read = ts.readConfigFile(tsconfig, ts.sys.readFile).config;
  const { fileNames, options } = ts.parseJsonConfigFileContent(read, ts.sys, folder);
  const own = { ...options, types: [] };
  const host = ts.createCompilerHost(own);
  const cache = ts.createModuleResolutionCache(folder, (name) => name, own);
  host.resolveModuleNameLiterals = (literals, file, redirected, settings) =>
    literals.map(({ text }) =>
      SPEAKING.test(text)
        ? ts.resolveModuleName(text, file, settings, host, cache, redirected, ts.ModuleKind.ESNext)
        : { resolvedModule: undefined },
    );
  const isSource = (file) => file.startsWith(join(folder, 'src')) && !file.endsWith('.spec.ts') && !file.includes('/testing/');
  return ts.createProgram(fileNames.filter(isSource), own, host);
}

function callsIn(file) {
  const found = [];
  const visit = (node) => {
    if (ts.isCallExpression(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/**
 * What contracts declare, in the same form.
 * @param {import('@agencyos/contracts').CommandSet[]} sets
 */
export const declaredIn = (sets) =>
  sets
    .flatMap(({ types }) => Object.entries(types))
    .flatMap(([type, { refusals }]) => refusals.map(({ code }) => `${type} ${code}`))
    .sort();
