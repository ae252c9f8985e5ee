import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Location } from '@angular/common';
import { Component, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { TitleStrategy, provideRouter } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ROLE_PERMISSIONS, type Permission } from '@agencyos/contracts';
import { allFocusable } from '../test/dialog';
import { FakeConnection } from '../test/fake-connection';
import { routesOf } from './app.routes';
import { PageConnection } from './live/connection';
import { pages } from './pages';
import { Api } from './session/api';
import { breadcrumb } from './shell/breadcrumb';
import { PAGES, definePage, type Counter, type Page, type Pages } from './shell/page';
import { PageTitle } from './shell/page-title';
import { Shortcuts } from './shell/shortcuts';
import { DRAWINGS } from './ui/drawings';

@Component({ template: '<h1>What is left</h1>' })
class BudgetPage {}

@Component({ template: '<h1>Winter</h1>' })
class OneBudgetPage {
  constructor() {
    breadcrumb(() => 'Winter');
  }
}

const BUDGETS = [
  { id: 'q4', name: 'Winter', note: 'Q4' },
  { id: 'q1', name: 'Spring', note: 'Q1' },
];
/** Known by nothing but the list. */
const planted = definePage({
  path: 'budget',
  title: 'Budget',
  phoneTitle: 'Money',
  name: 'the budget',
  key: 'u',
  icon: 'M2 8h12',
  permission: 'ops:read',
  counter: () => signal<Counter>({ look: 'badge', figure: 7, words: 'overspent' }),
  items: { another: 'another budget', list: () => signal(BUDGETS) },
  routes: [
    { path: '', component: BudgetPage },
    { path: ':budgetId', title: 'One budget', component: OneBudgetPage },
  ],
});
const all: Pages = [...pages, planted];

describe('every page is registered by its own value', () => {
  let permissions: readonly Permission[];
  let harness: RouterTestingHarness;
  const textOf = (element: Element | null | undefined) => element?.textContent?.replace(/\s+/g, ' ').trim();
  const find = (selector: string) => document.querySelector<HTMLElement>(selector);
  const linksIn = (selector: string) => [...document.querySelectorAll(`${selector} a`)];
  const linkTo = ({ link }: Page, nav: string) => find(`${nav} a:not(.brand)[href="${link}"]`);
  const drawingOf = ({ icon }: Page) => DRAWINGS[icon as keyof typeof DRAWINGS] ?? icon;
  const open = async (path: string) => {
    harness = await RouterTestingHarness.create(path);
    document.body.append(harness.fixture.nativeElement as HTMLElement);
    await harness.fixture.whenStable();
  };
  const press = async (...keys: string[]) => {
    for (const key of keys) document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    await harness.fixture.whenStable();
  };

  beforeEach(() => {
    permissions = ROLE_PERMISSIONS.admin;
    Element.prototype.scrollIntoView ??= () => undefined;
    globalThis.matchMedia ??= (() => ({ matches: false })) as unknown as typeof matchMedia;
    const get = async (path: string) => {
      if (path !== '/api/v1/me') throw new TypeError('network');
      return { principal: 'user:me', user: { userId: 'me', name: 'viewer', roles: ['viewer'] }, permissions };
    };
    TestBed.configureTestingModule({
      providers: [
        provideRouter(routesOf(all)),
        { provide: PAGES, useValue: all },
        { provide: TitleStrategy, useClass: PageTitle },
        { provide: PageConnection, useValue: new FakeConnection() },
        { provide: Api, useValue: { get } },
        allFocusable,
      ],
    });
  });
  afterEach(() => document.body.replaceChildren());

  it.each(all)('$title opens by its address, under its title, for who may', async (page) => {
    await open(page.link);
    expect(TestBed.inject(Location).path()).toBe(page.link);
    expect(document.title).toBe(`${page.title} · AgencyOS`);
    expect(textOf(find('.crumbs'))).toBe(page.title);
    for (const nav of ['.sidebar', '.bottom-bar']) {
      expect(linkTo(page, nav)?.getAttribute('aria-current')).toBe('page');
    }
  });

  it('all stand in the sidebar and in the bar of a phone, in their order and with their icons', async () => {
    await open(planted.link);
    const order = all.map(({ link }) => link);
    const hrefs = linksIn('.bottom-bar').map((link) => link.getAttribute('href'));
    expect(hrefs).toEqual(order);
    expect(
      linksIn('.sidebar')
        .map((link) => link.getAttribute('href'))
        .filter((href) => order.includes(href ?? '')),
    ).toEqual(order);
    for (const page of all) {
      for (const nav of ['.sidebar', '.bottom-bar']) {
        const link = linkTo(page, nav);
        expect(textOf(link)).toContain(nav === '.sidebar' ? page.title : (page.phoneTitle ?? page.title));
        expect(link?.querySelector('path')?.getAttribute('d')).toBe(drawingOf(page));
      }
    }
    expect(linkTo(planted, '.sidebar')?.querySelector('.badge')?.getAttribute('aria-label')).toBe(
      '7 overspent',
    );
    expect(textOf(linkTo(planted, '.bottom-bar'))).toBe('Money 7');
    expect(textOf(find('.subnav a[href="/budget/q4"]'))).toBe('Winter');
  });

  it('all are among the shortcuts, in the palette, and a key away', async () => {
    await open('/inbox');
    find('[aria-label="Keyboard shortcuts"]')?.click();
    await harness.fixture.whenStable();
    const help = [...document.querySelectorAll('ao-shortcuts-dialog dl div')].map(textOf);
    for (const { name, key } of all) expect(help).toContain(`Go to ${name}G${key.toUpperCase()}`);
    find('ao-shortcuts-dialog .btn')?.click();
    await harness.fixture.whenStable();

    find('.search')?.click();
    await harness.fixture.whenStable();
    const offered = [...document.querySelectorAll('ao-command-palette .name')].map(textOf);
    for (const { name } of all) expect(offered).toContain(`Go to ${name}`);
    [...document.querySelectorAll<HTMLElement>('ao-command-palette .entry')]
      .find((entry) => entry.textContent?.includes(`Go to ${pages[3]?.name}`))
      ?.click();
    await harness.fixture.whenStable();
    expect(TestBed.inject(Location).path()).toBe(pages[3]?.link);

    await press('g', planted.key);
    expect(TestBed.inject(Location).path()).toBe(planted.link);
  });

  it('one of its things is named for as long as it is open, and leads to another', async () => {
    await open('/budget/q4');
    expect(document.title).toBe('Winter · AgencyOS');
    expect(textOf(find('.crumbs'))).toMatch(/^Budget ?\/ ?Winter, another budget$/);
    find('.crumb-menu')?.click();
    await harness.fixture.whenStable();
    expect([...document.querySelectorAll('.menu-item')].map(textOf)).toEqual(['WinterQ4', 'SpringQ1']);
    find('.crumb-section')?.click();
    await harness.fixture.whenStable();
    expect([document.title, textOf(find('.crumbs'))]).toEqual(['Budget · AgencyOS', 'Budget']);
  });

  it('each leads to the page of the documentation that explains it, which is there', async () => {
    await open(pages[0].link);
    for (const page of pages) {
      await harness.navigateByUrl(page.link);
      await harness.fixture.whenStable();
      const help = find(`.topbar a[aria-label="Help: ${page.title}"]`);
      expect(help?.getAttribute('href')).toBe(`/docs/${page.help ?? ''}`);
      expect(existsSync(join(process.cwd(), `../docs/${page.help ?? 'README'}.md`))).toBe(true);
    }
    const explained = pages.filter(({ help }) => help).map(({ path }) => path);
    expect(explained).toEqual(expect.arrayContaining(['boards', 'runs', 'inbox', 'operations', 'agents']));
  });

  it('no shortcut is given twice', async () => {
    await open(planted.link);
    const keys = TestBed.inject(Shortcuts)
      .shortcuts()
      .flatMap((shortcut) => shortcut.keys);
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
  });

  it('nobody is shown a page that they may not see', async () => {
    permissions = ROLE_PERMISSIONS.admin.filter((permission) => permission !== planted.permission);
    await open(planted.link);
    expect(textOf(find('main h1'))).toBe('There is no such page');
    expect(TestBed.inject(Location).path()).toBe(planted.link);
    expect(linkTo(planted, '.sidebar') ?? linkTo(planted, '.bottom-bar')).toBeNull();
    expect(
      TestBed.inject(Shortcuts)
        .shortcuts()
        .map(({ words }) => words),
    ).not.toContain('Go to the budget');
  });

  it('what is asked for before the program is here belongs to a page', () => {
    const first = readFileSync(join(process.cwd(), 'public/first.js'), 'utf8');
    const asked = /kind = \{(.*?)\}/.exec(first)?.[1]?.matchAll(/(\w+):/g);
    const paths = pages.map(({ path }) => path);
    const sections = [...(asked ?? [])].map(([, section]) => section);
    expect(sections.length).toBeGreaterThan(0);
    expect(paths).toEqual(expect.arrayContaining(sections));
  });
});
