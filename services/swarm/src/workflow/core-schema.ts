/** Plain text of a YAML file → its value, by the core schema of YAML 1.2. */
const FORMS: { tag: string; test: RegExp; read: (text: string) => unknown }[] = [
  { tag: 'null', test: /^(?:~|[Nn]ull|NULL)?$/, read: () => null },
  { tag: 'bool', test: /^(?:[Tt]rue|TRUE|[Ff]alse|FALSE)$/, read: (text) => /^t/i.test(text) },
  { tag: 'int', test: /^0o[0-7]+$/, read: (text) => parseInt(text.slice(2), 8) },
  { tag: 'int', test: /^[-+]?[0-9]+$/, read: (text) => parseInt(text, 10) },
  { tag: 'int', test: /^0x[0-9a-fA-F]+$/, read: (text) => parseInt(text.slice(2), 16) },
  { tag: 'float', test: /^(?:\.nan|\.NaN|\.NAN)$/, read: () => NaN },
  { tag: 'float', test: /^[-+]?\.(?:inf|Inf|INF)$/, read: (text) => (text.startsWith('-') ? -Infinity : Infinity) },
  { tag: 'float', test: /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)[eE][-+]?[0-9]+$/, read: parseFloat },
  { tag: 'float', test: /^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)$/, read: parseFloat },
];
/** With what every form begins that is not text. */
const MAY_BE_NONE = /^[-+.0-9~nNtTfF]/;

export function coreValue(text: string): unknown {
  if (text !== '' && !MAY_BE_NONE.test(text)) return text;
  const form = FORMS.find(({ test }) => test.test(text));
  return form ? form.read(text) : text;
}

/** Types that would not arrive as they were written. */
const REFUSED = /^(?:binary|merge|omap|pairs|set|timestamp)$/;

/** The value that a tag like `!!int` asks for; a tag that is nobody's leaves the text. `undefined`: refused. */
export function taggedValue(tag: string, text: string): unknown {
  const name = coreName(tag);
  if (name !== undefined && REFUSED.test(name)) return undefined;
  const form = FORMS.find((one) => one.tag === name && one.test.test(text));
  return form ? form.read(text) : text;
}

/** `!!str`, `!<tag:yaml.org,2002:str>` → `str` */
export const coreName = (tag: string): string | undefined => /^(?:!!|!<tag:yaml\.org,2002:)([^>]*)>?$/.exec(tag)?.[1];
export const isRefused = (tag: string): boolean => REFUSED.test(coreName(tag) ?? '');
