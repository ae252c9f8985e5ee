import { describe, expect, it } from '@jest/globals';
import { parseEvents } from 'js-yaml';
import fc from 'fast-check';
import { parseDocument, stringify } from 'yaml';
import { YamlDocument } from './yaml-document.js';
import { readPlaces, type YamlPlace } from './yaml-places.js';

/** The other implementation of YAML 1.2, by which earlier releases read workflow files. */
const other = (source: string) => {
  const document = parseDocument(source, { merge: false, uniqueKeys: false, strict: true, stringKeys: true });
  expect(document.errors).toEqual([]);
  return document.toJS() as unknown;
};
const ours = (source: string) => {
  const document = YamlDocument.parse(source);
  if (Array.isArray(document)) throw new Error(`${document[0]!.message} in ${JSON.stringify(source)}`);
  return document.value;
};

describe('a workflow file is read as by earlier releases (fault 15)', () => {
  it.each([
    ['', 'nothing'],
    ['# only a comment\n', 'a comment'],
    ['a: 1\nb: -2\nc: +3\nd: 0o17\ne: 0x1F\nf: 1_000\ng: 0b11\nh: 010\n', 'integers'],
    ['a: 1.5\nb: .5\nc: 1.\nd: 1e3\ne: -1E-3\nf: .inf\ng: -.INF\nh: .NaN\ni: 1.2.3\nj: 12e03\n', 'floats'],
    ['a: ~\nb: null\nc: NULL\nd:\ne: nULL\nf: true\ng: FALSE\nh: yes\ni: no\nj: on\n', 'nothing and truth'],
    ['1: a\n1.0: b\ntrue: c\nnull: d\n~: e\n0x1: f\n"": g\n', 'keys that look like something else'],
    ['? a\n: b\n? c\nd:\n', 'keys with a question mark'],
    ['a: !!str 5\nb: !!int "7"\nc: !own x\nd: ! 5\ne: !!str\nf: !!bool "true"\ng: !!null "~"\n', 'tags'],
    ['a: &x [1, {b: 2}]\nc: *x\nd: [*x, *x]\ne: &x 5\nf: *x\n', 'aliases'],
    ['a: 2024-01-01\nb: 12:30:45\nc: 1:1\nd: =\ne: <<\n', 'what other versions take for something'],
    ['a: |\n  one\n   two\n\n  three\n\nb: >\n  one\n  two\n\n   three\nc: |-\n  x\nd: |+\n  x\n\ne: |2\n    x\n', 'blocks'],
    ["a: one\n  two\n\n  three\nb: \"one\n  two\\n\\\n  three\"\nc: 'it''s\n  here'\n", 'text over lines'],
    ['a: x # c\nb: x#c\nc: "#"\nd: [a, b, # c\n  c]\n', 'comments'],
    ['a: [a: 1, b]\nb: {a, b: , "c":1, d: [}\n'.replace('[}', '[]}'), 'flows'],
    ['- a\n-\n- - b\n  - c\n- d: 1\n  e: 2\n', 'lists'],
    ['--- # here\na: 1\n...\n', 'marks of a document'],
    ['%YAML 1.2\n---\na: yes\n', 'a directive'],
    ['a: 1\r\nb: |\r\n  x\r\n  y\r\nc: "x\r\n  y"\r\n', 'lines of Windows'],
    ['a: http://x:80/?q=1&r=*\nb: a:b\nc: -x\nd: ?x\ne: "\\u00e9\\x41\\t\\/"\n', 'marks in text'],
    ['constructor: a\ntoString: b\nhasOwnProperty: c\n', 'keys of every object'],
  ])('%j: %s', (source) => {
    expect(ours(source)).toEqual(other(source));
  });

  it('whatever is written', () => {
    const text = fc
      .oneof(
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.constantFrom(
          'yes',
          '~',
          '1e3',
          '0x1',
          ' lead',
          'trail ',
          'a\nb',
          'a\n\n b\n',
          '- x',
          '# x',
          'a: b',
          '{',
          '*a',
          '&a',
          '!a',
          '%a',
          '@a',
          '`',
          '|',
          '>',
          '.',
          '---',
          '...',
          '\t',
          "'",
          '"',
        ),
      )
      .filter((one) => !one.includes('\0'));
    const key = text.filter((one) => one !== '__proto__' && one !== '<<');
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
        fc.boolean(),
        fc.constant(null),
        tie('list'),
        tie('map'),
      ),
      // An empty one is written at the indentation of its key, which no reader has to accept.
      list: fc.array(tie('any'), { minLength: 1, maxLength: 4 }),
      map: fc.dictionary(key, tie('any'), { maxKeys: 4 }),
    })).any;
    const style = fc.record({
      defaultStringType: fc.constantFrom(
        'PLAIN' as const,
        'QUOTE_DOUBLE' as const,
        'QUOTE_SINGLE' as const,
        'BLOCK_LITERAL' as const,
        'BLOCK_FOLDED' as const,
      ),
      collectionStyle: fc.constantFrom('any' as const, 'block' as const, 'flow' as const),
      indent: fc.constantFrom(1, 2, 4),
      lineWidth: fc.constantFrom(0, 20, 80),
      indentSeq: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 4 }), style, (written, options) => {
        const source = stringify(written, options);
        expect(ours(source)).toEqual(other(source));
      }),
      { numRuns: 300 },
    );
  });
});

describe('what is no YAML by its letter', () => {
  it.each([
    ['a: [\n  x,\n]\nb: {\n  c: 1\n}\n', 'a bracket closed at the indentation of its key'],
    ['- id: x\n  run: [\n    a,\n  ]\n', 'the same in a list'],
    ['a: !own [x]\n', "a tag that is nobody's, on a list"],
  ])('%j is read all the same: %s', (source) => {
    expect(ours(source)).toEqual(other(source));
  });

  it('has the same places and the same faults', () => {
    const document = YamlDocument.parse('a: [\n  x,\n  y\n]\nb:\n  c: 1\nb: 2\nd: &z 1\n');
    if (Array.isArray(document)) throw new Error(JSON.stringify(document));
    expect(document.position(['a', 1])).toEqual({ line: 3, column: 3 });
    expect(document.position(['b'])).toEqual({ line: 7, column: 4 });
    expect(document.position([], 'd')).toEqual({ line: 8, column: 1 });
    expect(document.repeated).toEqual([{ code: 'yaml', message: 'the key "b" stands here twice', path: '', line: 7, column: 1 }]);
  });

  it('is told with all its mistakes', () => {
    const problems = YamlDocument.parse('a: [1\nb: "x\nc: }\n');
    expect(Array.isArray(problems) && problems.length).toBeGreaterThan(1);
  });
});

describe('places in a workflow file', () => {
  const source = 'a: &x\n  - one\n  - "two"\n  - |\n    three\n? b\n: *x\n';
  const at = (place: YamlPlace | undefined) => source.slice(place!.at, place!.at + 3);

  it('are those of the quotes, marks and stars that one sees', () => {
    const root = readPlaces(source, parseEvents(source, {}));
    const list = root.members!.get('a')!;
    expect(source.slice(list.key, list.key + 1)).toBe('a');
    expect(list.value.items!.map(at)).toEqual(['one', '"tw', '|\n ']);
    expect(at(root.members!.get('b')!.value)).toBe('*x\n');
  });
});

describe('what is not read', () => {
  it.each([
    ['a: *nope\n', 'nothing before it is called &nope', 4],
    ['a: &x [*x]\n', 'nothing before it is called &x', 8],
    ['? [a]\n: b\n', 'a key has to be text', 3],
    ['a: !!set {x}\n', 'the tag !!set is not allowed', 4],
    ['a: !!timestamp 2024-01-01\n', 'the tag !!timestamp is not allowed', 4],
    ['%YAML 1.1\n---\na: yes\n', 'the file asks for YAML 1.1', undefined],
    ['a: 1\n---\nb: 2\n', 'the file holds 2 documents', undefined],
  ])('%j is refused with its place', (source, message, column) => {
    const document = YamlDocument.parse(source);
    const [problem] = Array.isArray(document) ? document : document.repeated;
    expect(problem).toMatchObject({ code: 'yaml', message: expect.stringContaining(message) });
    expect(problem?.column).toBe(column);
  });
});
