import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Marked } from 'marked';
import { anchorsOf, plain, targetOf } from './markdown.mjs';

/** Links in the repository's own Markdown that lead to no file, or to no heading in it. */
export function brokenLinks(projectRoot, files = markdownFiles(projectRoot)) {
  const known = new Map();
  const of = (path) => {
    if (!known.has(path)) known.set(path, look(readFileSync(join(projectRoot, path), 'utf8')));
    return known.get(path);
  };
  return files.flatMap((from) =>
    of(from).links.flatMap((href) => {
      const target = targetOf(from, href);
      if (!target) return [];
      if (!existsSync(join(projectRoot, target.path))) return [`${from} leads to ${href}: there is no such file`];
      if (!target.anchor || !target.path.endsWith('.md')) return [];
      return of(target.path).anchors.includes(target.anchor) ? [] : [`${from} leads to ${href}: there is no such heading`];
    }),
  );
}

function markdownFiles(projectRoot) {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  return listed.split('\n').filter((path) => path && existsSync(join(projectRoot, path)));
}

function look(text) {
  const anchor = anchorsOf();
  const found = { links: [], anchors: [] };
  const marked = new Marked({ gfm: true });
  marked.walkTokens(marked.lexer(text), (token) => {
    if (token.type === 'heading') found.anchors.push(anchor(plain(token.tokens)));
    if (token.type === 'link' || token.type === 'image') found.links.push(token.href);
  });
  return found;
}
