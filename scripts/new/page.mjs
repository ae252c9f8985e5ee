import { Problem } from '../../supervisor/bin/problem.mjs';
import { requirePermission } from './command.mjs';
import { camel, pascal, requireKebab } from './names.mjs';

const APP = 'dashboard/src/app';

/** `npm run new -- page spend-report`: a page with its heading, registered by its own value. */
export function newPage(changes, [name], { permission = 'ops:read' }) {
  requireKebab(name, 'A page');
  const folder = `${APP}/${name}`;
  const words = name.replaceAll('-', ' ');
  const title = words[0].toUpperCase() + words.slice(1);
  const page = { name, title, words, component: `${pascal(name)}Page`, value: `${camel(pascal(name))}Page` };
  const options = { key: freeKey(changes, name), permission: requirePermission(changes, permission) };
  changes.create(`${folder}/${name}-page.ts`, component(page));
  changes.create(`${folder}/${name}-page.spec.ts`, componentSpec(page));
  changes.create(`${folder}/${name}.page.ts`, registration(page, options));
  const pages = changes.edit(`${APP}/pages.ts`);
  pages.append(pages.listOf('pages'), page.value);
  pages.import(page.value, `./${name}/${name}.page`);
  changes.leave(`${folder}/${name}.page.ts`, 'its icon, its key after G, who may see it', 'icon:');
  changes.leave(`${folder}/${name}-page.ts`, 'what it shows: `liveView(kind, id)` follows a view', 'template:');
  changes.leave(pages.path, 'where it stands in the navigation', page.value);
  return [];
}

/** The first letter of its name that leads to no other page. */
function freeKey(changes, name) {
  const taken = changes.files(`${APP}/*/*.page.ts`).map((path) => /key: '(.)'/.exec(changes.read(path))?.[1]);
  const key = [...name, ...'bcdefghijklmnopqrstuvwxyz'].find((letter) => letter !== '-' && !taken.includes(letter));
  if (!key) throw new Problem('Every letter leads to a page already: free one first.');
  return key;
}

const component = ({ name, title, component: type }) => `import { ChangeDetectionStrategy, Component } from '@angular/core';

@Component({
  selector: 'ao-${name}-page',
  template: \`<h1>${title}</h1>\`,
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ${type} {}
`;

const componentSpec = ({ name, title, component: type }) => `import { TestBed } from '@angular/core/testing';
import { expect, it } from '@jest/globals';
import { ${type} } from './${name}-page';

it('says what it is', async () => {
  const fixture = TestBed.createComponent(${type});
  await fixture.whenStable();
  expect((fixture.nativeElement as HTMLElement).querySelector('h1')?.textContent).toBe('${title}');
});
`;

const registration = (
  { name, title, words, component: type, value },
  { key, permission },
) => `import { definePage } from '../shell/page';

export const ${value} = definePage({
  path: '${name}',
  title: '${title}',
  name: '${words}',
  key: '${key}',
  icon: 'M2 8h12',
  permission: '${permission}',
  routes: [{ path: '', loadComponent: () => import('./${name}-page').then((m) => m.${type}) }],
});
`;
