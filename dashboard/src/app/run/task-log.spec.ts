import { TestBed, type ComponentFixture } from '@angular/core/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { task } from '../../test/rows';
import { Api } from '../session/api';
import { TaskLog } from './task-log';

const attempts = (...numbers: number[]) =>
  numbers.map((attempt) => ({ attempt, role: 'check', outcome: 'failed' }) as never);

describe('the log of a task (fault 30)', () => {
  const asked: URLSearchParams[] = [];
  let answers: object[];
  let fixture: ComponentFixture<TaskLog>;
  const text = () => (fixture.nativeElement as HTMLElement).textContent;
  const settle = async (ms = 0) => {
    await jest.advanceTimersByTimeAsync(ms);
    fixture.detectChanges();
  };
  const show = async (row = task('lint', [], { attempts: attempts(1, 2) })) => {
    fixture = TestBed.createComponent(TaskLog);
    fixture.componentRef.setInput('runId', 'r1');
    fixture.componentRef.setInput('task', row);
    await settle();
    await settle();
  };
  const page = (first: number, lines: string[], more: object = {}) => ({
    ...{ taskId: 'lint', attempt: 2, first, lines, cursor: `c${first + lines.length}` },
    ...{ more: false, running: false, ...more },
  });

  beforeEach(() => {
    jest.useFakeTimers();
    asked.length = 0;
    const get = async (path: string) => {
      asked.push(new URLSearchParams(path.split('?')[1]));
      return answers.shift() ?? page(0, []);
    };
    TestBed.configureTestingModule({ providers: [{ provide: Api, useValue: { get } }] });
  });
  afterEach(() => {
    fixture.destroy();
    jest.useRealTimers();
  });

  it('of the last attempt is read whole, also when it has ended', async () => {
    answers = [page(0, ['first line'], { more: true }), page(1, ['second line'])];
    await show();
    await settle(10);
    expect(asked.map((query) => [query.get('attempt'), query.get('cursor')])).toEqual([
      ['2', null],
      ['2', 'c1'],
    ]);
    expect(text()).toContain('first line');
    expect(text()).toContain('second line');
    await settle(60_000);
    expect(asked).toHaveLength(2);
  });

  it('goes on while the attempt does', async () => {
    answers = [page(0, ['first line'], { running: true }), page(1, ['second line'], { running: true })];
    await show();
    await settle(1_000);
    expect(text()).toContain('second line');
    expect(text()).toContain('Follow');
  });

  it('of an earlier attempt can be chosen', async () => {
    answers = [page(0, ['of the second'])];
    await show();
    answers = [page(0, ['of the first'], { attempt: 1 })];
    const select = (fixture.nativeElement as HTMLElement).querySelector('select')!;
    select.value = '1';
    select.dispatchEvent(new Event('change'));
    await settle();
    await settle();
    expect(asked.at(-1)?.get('attempt')).toBe('1');
    expect(text()).toContain('of the first');
    expect(text()).not.toContain('of the second');
  });

  it('of an attempt that was chosen stays while the task goes on, until there is a new attempt', async () => {
    answers = [page(0, ['of the second'])];
    await show();
    answers = [page(0, ['of the first'], { attempt: 1 })];
    const select = (fixture.nativeElement as HTMLElement).querySelector('select')!;
    select.value = '1';
    select.dispatchEvent(new Event('change'));
    await settle();
    await settle();
    fixture.componentRef.setInput('task', task('lint', [], { state: 'succeeded', attempts: attempts(1, 2) }));
    await settle();
    await settle();
    expect(asked.map((query) => query.get('attempt'))).toEqual(['2', '1']);
    expect(text()).toContain('of the first');
    fixture.componentRef.setInput('task', task('lint', [], { attempts: attempts(1, 2, 3) }));
    await settle();
    expect(asked.map((query) => query.get('attempt'))).toEqual(['2', '1', '3']);
  });

  it('is searched', async () => {
    answers = [page(0, ['linting', '2 errors'])];
    await show();
    const search = (fixture.nativeElement as HTMLElement).querySelector('input')!;
    search.value = 'ERROR';
    search.dispatchEvent(new Event('input'));
    await settle();
    expect(text()).toContain('1 of 2 lines');
    expect((fixture.nativeElement as HTMLElement).querySelector('mark')?.textContent).toBe('error');
    expect(text()).not.toContain('linting');
  });

  it('of a task in a group is asked for by its path, and downloaded under a name without slashes', async () => {
    answers = [page(0, ['compiled'], { content: { digest: 'sha256:1', bytes: 8, mediaType: 'text/plain' } })];
    const clicked = jest.spyOn(HTMLAnchorElement.prototype, 'click').mockReturnValue();
    await show(task('checks/build', [], { attempts: attempts(1) }));
    const buttons = [...(fixture.nativeElement as HTMLElement).querySelectorAll('button')];
    buttons.find(({ textContent }) => textContent.trim() === 'Download')!.click();
    expect(asked.map((query) => query.get('task'))).toEqual(['checks/build']);
    expect(clicked.mock.contexts.map((link) => (link as HTMLAnchorElement).download)).toEqual([
      'checks-build-attempt-1.log',
    ]);
    clicked.mockRestore();
  });

  it('is not asked for where there is none', async () => {
    answers = [];
    await show(task('lint', [], { attempts: [] }));
    expect(asked).toEqual([]);
    expect(text()).toContain('once an agent has taken it');
  });
});
