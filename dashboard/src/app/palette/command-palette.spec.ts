import { DialogRef } from '@angular/cdk/dialog';
import { Component } from '@angular/core';
import { TestBed, type ComponentFixture } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeConnection } from '../../test/fake-connection';
import { at, card } from '../../test/rows';
import { PageConnection } from '../live/connection';
import { Api } from '../session/api';
import { Overview } from '../shell/overview';
import { CommandPalette } from './command-palette';

@Component({ template: '' })
class Elsewhere {}

describe('the palette (fault 34)', () => {
  let connection: FakeConnection;
  let closed: number;
  let fixture: ComponentFixture<CommandPalette>;
  const page = () => fixture.nativeElement as HTMLElement;
  const input = () => page().querySelector('input')!;
  const options = () => [...page().querySelectorAll<HTMLElement>('[role=option]')];
  const names = () => options().map((option) => option.querySelector('.name')?.textContent);
  const active = () => page().querySelector('[aria-selected=true] .name')?.textContent;
  const type = async (words: string) => {
    input().value = words;
    input().dispatchEvent(new Event('input'));
    await fixture.whenStable();
  };
  const press = async (key: string, keyCode: number) => {
    const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
    // What the key manager goes by, and jsdom leaves out.
    Object.defineProperty(event, 'keyCode', { value: keyCode });
    input().dispatchEvent(event);
    await fixture.whenStable();
  };

  beforeEach(async () => {
    closed = 0;
    Element.prototype.scrollIntoView ??= () => undefined;
    connection = new FakeConnection();
    TestBed.configureTestingModule({
      providers: [
        Overview,
        provideRouter([{ path: '**', component: Elsewhere }]),
        { provide: PageConnection, useValue: connection },
        { provide: Api, useValue: {} },
        { provide: DialogRef, useValue: { close: () => (closed += 1) } },
      ],
    });
    fixture = TestBed.createComponent(CommandPalette);
    await fixture.whenStable();
    connection.shows('boards', 'all', {
      'board/b1': { boardId: 'b1', name: 'Release', key: 'REL', purpose: 'work' },
    });
    connection.shows('run-list', 'all', {
      'run/r1': { runId: 'r1', name: 'Release check', state: 'running', startedAt: at(0) },
    });
    await fixture.whenStable();
    connection.shows('board', 'b1', {
      board: { boardId: 'b1', name: 'Release', key: 'REL', purpose: 'work' },
      'card/a': card('a', 'todo', 'a', { title: 'Rotate the key' as never, number: 7 }),
      ...Object.fromEntries(
        Array.from({ length: 12 }, (_, n) => [
          `card/n${n}`,
          card(`n${n}`, 'todo', 'b', { title: `Note ${n}` as never }),
        ]),
      ),
    });
    await fixture.whenStable();
  });

  it('shows what one can do and where one can go, and no list of some cards', () => {
    expect(names()).toEqual(expect.arrayContaining(['Release', 'Release check']));
    expect(page().querySelector('[aria-label=Cards]')).toBeNull();
    expect(active()).toBe(names()[0]);
  });

  it.each([
    ['rotate', ['Rotate the key']],
    ['REL-7', ['Rotate the key']],
    ['key rot', ['Rotate the key']],
    ['check', ['Release check']],
  ])('finds by %s', async (words, found) => {
    await type(words);
    expect(names()).toEqual(found);
    expect(input().getAttribute('aria-activedescendant')).toBe(options()[0]?.id);
  });

  it('shows eight of a kind at most', async () => {
    await type('note');
    expect(page().querySelectorAll('[aria-label=Cards] [role=option]')).toHaveLength(8);
  });

  it('goes through what it found by keys, around the end, and opens it', async () => {
    await type('rel');
    const all = names();
    await press('ArrowDown', 40);
    expect(active()).toBe(all[1]);
    await press('ArrowUp', 38);
    await press('ArrowUp', 38);
    expect(active()).toBe(all.at(-1));
    await type('rotate');
    await press('Enter', 13);
    expect(closed).toBe(1);
    expect(TestBed.inject(Router).url).toBe('/boards/b1?card=a');
  });

  it('opens what is pressed', async () => {
    await type('check');
    options()[0]?.click();
    await fixture.whenStable();
    expect([closed, TestBed.inject(Router).url]).toEqual([1, '/runs/r1']);
  });

  it('says when nothing is called that, and Enter does nothing then', async () => {
    await type('zebra');
    expect(page().textContent).toContain('Nothing is called that.');
    await press('Enter', 13);
    expect(closed).toBe(0);
  });
});
