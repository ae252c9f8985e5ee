import { computed, inject, type Signal } from '@angular/core';
import { Router } from '@angular/router';
import { stateOf } from '../board/pure/card-look';
import { runStateOf, RUN_STATE_WORDS } from '../run/pure/task-look';
import { Overview } from '../shell/overview';
import { liveViews } from '../live/live-client';
import { Shortcuts } from '../shell/shortcuts';
import { Theme } from '../shell/theme';
import type { IconName } from '../ui/drawings';
import { shortId } from '../ui/pure/format';
import type { State } from '../ui/glyph';

/** Boards whose cards are found; a socket holds 200 views. */
const BOARDS_SEARCHED = 20;

export interface PaletteEntry {
  id: string;
  group: string;
  label: string;
  note?: string;
  icon?: IconName;
  state?: State;
  keys?: string[];
  run: () => void;
}

/** Everything the palette can find: what the keyboard map does, and where one can go. Needs an injection context. */
export function paletteEntries(): Signal<PaletteEntry[]> {
  const overview = inject(Overview);
  const router = inject(Router);
  const theme = inject(Theme);
  const { shortcuts } = inject(Shortcuts);
  const go = (...path: string[]) => {
    return () => void router.navigate(['/', ...path]);
  };

  const actions = computed<PaletteEntry[]>(() => [
    ...shortcuts()
      .filter(
        ({ keys }) =>
          !keys.includes('Ctrl+k') && keys.every((key) => !/^(Arrow|Escape|Enter|j$|k$|h$|l$)/.test(key)),
      )
      .map(({ keys: [first = ''], words, run }, index) => ({
        id: `action-${index}`,
        group: 'Actions',
        label: words,
        keys: first.split(/[ +]/).map((key) => (key.length === 1 ? key.toUpperCase() : key)),
        run: () => void run(new KeyboardEvent('keydown')),
      })),
    {
      id: 'theme',
      group: 'Actions',
      label: `Use the ${theme.name() === 'dark' ? 'light' : 'dark'} theme`,
      icon: 'sun',
      run: () => theme.toggle(),
    },
  ]);

  const boardIds = computed(
    () =>
      overview
        .boards()
        .map(({ boardId }) => boardId)
        .slice(0, BOARDS_SEARCHED),
    {
      equal: (a, b) => a.join() === b.join(),
    },
  );
  const views = liveViews('board', boardIds);
  const cards = computed<PaletteEntry[]>(() =>
    [...views()].flatMap(([boardId, view]) => {
      const key = view.row('board')?.key ?? '';
      return view.list('card').map((card) => ({
        id: `card-${card.cardId}`,
        group: 'Cards',
        label: card.title,
        note: `${key}-${card.number}`,
        state: stateOf(card, undefined),
        run: () => void router.navigate(['/boards', boardId], { queryParams: { card: card.cardId } }),
      }));
    }),
  );

  return computed(() => [
    ...overview
      .approvals()
      .filter(({ state }) => state === 'open')
      .map(({ approvalId, title, target }) => ({
        id: approvalId,
        group: 'Waits for a person',
        label: title,
        note: target,
        state: 'waiting' as const,
        run: go('inbox', approvalId),
      })),
    ...actions(),
    ...cards(),
    ...overview.boards().map(({ boardId, name, key }) => ({
      id: boardId,
      group: 'Boards',
      label: name,
      note: key,
      icon: 'board' as const,
      run: go('boards', boardId),
    })),
    ...overview.runs().map(({ runId, name, state }) => ({
      id: runId,
      group: 'Runs',
      label: name,
      note: `run ${shortId(runId)}, ${RUN_STATE_WORDS[state].toLowerCase()}`,
      state: runStateOf(state),
      run: go('runs', runId),
    })),
    ...overview.agents().map(({ agentId, roles }) => ({
      id: `agent-${agentId}`,
      group: 'Agents',
      label: agentId,
      note: roles.join(', '),
      icon: 'agents' as const,
      run: go('agents'),
    })),
  ]);
}
