import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { allViews, contexts, ids, liveRequests, newId, subjects, type EventsPage } from '@agencyos/contracts';
import { until } from '@agencyos/testing';
import type { NatsConnection } from '@nats-io/transport-node';
import { cookieOf, startHarness, type Harness } from './harness.js';
import { LiveClient } from './live-client.js';

const PASSWORD = 'correct horse battery';
let harness: Harness;
let kanban: NatsConnection;

/** A board for one member, with a run and an approval. */
const world = (secret: string) => ({ secret, board: newId(), run: newId(), approval: newId(), incident: newId() });
type World = ReturnType<typeof world>;
const [a, b] = [world('only-for-ana'), world('only-for-ben')];
const cookies = { ana: '', ben: '', carl: '' };

const boardRow = ({ board, secret }: World, member: string) => ({
  ...{ boardId: board, name: secret, key: 'X', purpose: 'work', columns: [] },
  ...{ visibility: 'members', members: { [member]: 'admin' } },
});
const inboxRow = ({ approval, run, secret }: World) => ({
  ...{ approvalId: approval, title: secret, state: 'open', origin: { kind: 'run', id: run } },
});
const members = { ana: '', ben: '' };
const memberOf = (one: World) => (one === a ? members.ana : members.ben);

/** The rows of a view, as their owners would answer. */
function rowsOf(kind: string, id: string): Record<string, object> {
  const named = { board: 'board', run: 'run', 'task-badge': 'run', approval: 'approval' }[kind] as keyof World | undefined;
  const one = named && [a, b].find((w) => w[named] === id);
  const of = (make: (one: World) => [string, object]) => Object.fromEntries([a, b].map(make));
  const own = (rows: (one: World) => Record<string, object>) => (one ? rows(one) : {});
  switch (kind) {
    case 'board':
      return own((w) => ({ board: boardRow(w, memberOf(w)), 'card/x': { title: w.secret } }));
    case 'run':
      return own((w) => ({
        run: { runId: w.run, boardId: w.board, name: w.secret },
        'task/t': { attempts: [], title: w.secret },
      }));
    case 'task-badge':
      return own((w) => ({ 'task/t': { runId: w.run, holder: w.secret } }));
    case 'run-list':
      return of((w) => [`run/${w.run}`, { runId: w.run, boardId: w.board, name: w.secret }]);
    case 'queues':
      return { 'role/check': { role: 'check' }, ...of((w) => [`ready/${w.run}/t`, { runId: w.run, taskId: w.secret }]) };
    case 'inbox':
      return of((w) => [`approval/${w.approval}`, inboxRow(w)]);
    case 'approval': {
      const asked = { stages: [{ of: ['role:approver'], need: 1 }], requester: 'service:swarm', excluded: [], votes: [] };
      return own((w) => ({ approval: { ...inboxRow(w), ...asked } }));
    }
    case 'incidents':
      return { [`incident/${a.incident}`]: { incidentId: a.incident, title: a.secret } };
    default:
      return {};
  }
}

beforeAll(async () => {
  harness = await startHarness({ AGENCYOS_LIMITS: 'off' });
  const setUp = { token: harness.setupSecret, password: PASSWORD };
  const owner = cookieOf(await harness.call('POST', '/api/v1/setup', { body: setUp }));
  for (const [name, roles] of [
    ['ana', ['operator']],
    ['ben', ['operator']],
    ['carl', ['approver']],
  ] as const) {
    const body = { name, password: PASSWORD, roles };
    const { userId } = (await (await harness.call('POST', '/api/v1/users', { cookie: owner, body })).json()) as {
      userId: string;
    };
    if (name !== 'carl') members[name] = `user:${userId}`;
    const logIn = () => harness.call('POST', '/api/v1/login', { body: { name, password: PASSWORD } });
    cookies[name] = await until(async () => cookieOf(await logIn()) || undefined);
  }
  const operations = ids.seed(harness.service.runtime.config.installationId, 'board/operations');
  for (const one of [a, b]) harness.boards[`board/${one.board}`] = boardRow(one, memberOf(one));
  harness.boards[`board/${operations}`] = { ...boardRow(a, members.ana), boardId: operations };
  for (const context of contexts.filter((one) => one !== 'identity')) {
    const service = await harness.connectAs(context);
    if (context === 'kanban') kanban = service;
    service.subscribe(subjects.query(context, '*', '*'), {
      callback: (_error, message) => {
        const kind = message.subject.split('.').at(-2)!;
        if (kind === 'boards') return;
        const { id } = message.json<{ id: string }>();
        const rows = rowsOf(kind, id);
        const revision = Object.keys(rows).length > 0 ? 1 : 0;
        message.respond(JSON.stringify({ kind, id, epoch: 'e', revision, rows }));
      },
    });
    await service.flush();
  }
  // The boards were put there after the gateway had read that there are none.
  const ops = Object.entries(harness.boards).map(([key, value]) => ({ op: 'put', key, value }));
  kanban.publish(subjects.view('boards', 'all'), JSON.stringify({ kind: 'boards', id: 'all', epoch: 'e', from: 1, to: 2, ops }));
  await until(async () => !(await get('ben', '/api/v1/views/boards/all')).text.includes(a.secret));
});
afterAll(() => harness?.stop());

async function get(who: keyof typeof cookies, path: string): Promise<{ status: number; text: string }> {
  const response = await harness.call('GET', path, { cookie: cookies[who] });
  return { status: response.status, text: await response.text() };
}

/** What nobody but its member may find in an answer; an id that was asked for stands in a refusal. */
const leaks = ({ secret, board, run, approval, incident }: World, { status, text }: { status: number; text: string }) =>
  (status === 200 ? [secret, board, run, approval, incident] : [secret]).filter((one) => text.includes(one));

const views = allViews.flatMap(({ kind }) =>
  ['all', ...[a, b].flatMap(({ board, run, approval }) => [board, run, approval])].map((id) => ({ kind, id })),
);
const OWN = ['board', 'boards', 'run', 'task-badge', 'run-list', 'queues', 'inbox', 'approval', 'incidents'];

describe('two people with a board each find nothing of the other’s', () => {
  it('in any view', async () => {
    const found: string[] = [];
    for (const { kind, id } of views) {
      const [forAna, forBen] = [await get('ana', `/api/v1/views/${kind}/${id}`), await get('ben', `/api/v1/views/${kind}/${id}`)];
      // What was asked for stands in the answer.
      const others = (one: World, answer: typeof forAna) => leaks(one, answer).filter((found) => found !== id);
      expect({ kind, id, ana: others(b, forAna), ben: others(a, forBen) }).toEqual({ kind, id, ana: [], ben: [] });
      if (forAna.text.includes(a.secret)) found.push(kind);
    }
    expect([...new Set(found)].toSorted()).toEqual(OWN.toSorted());
    for (const [kind, id] of [
      ['board', a.board],
      ['run', a.run],
      ['task-badge', a.run],
      ['approval', a.approval],
    ])
      expect((await get('ben', `/api/v1/views/${kind}/${id}`)).status).toBe(404);
  });

  it('on a socket, at its beginning and later', async () => {
    const socket = await LiveClient.welcomed(harness, { cookie: cookies.ben });
    // A view of all, or of one thing of each.
    const subscriptions = allViews.flatMap(({ kind, id }) =>
      id.startsWith('all')
        ? [{ kind, id: 'all' }]
        : views.filter((one) => one.kind === kind && one.id !== 'all' && Object.keys(rowsOf(kind, one.id)).length > 0),
    );
    expect(new Set(subscriptions.map(({ kind }) => kind)).size).toBe(allViews.length);
    for (const key of subscriptions) socket.send('subscribe', key);
    const answered = (): number =>
      socket.frames.filter(({ event }) => event === 'snapshot' || event === 'error' || event === 'delta').length;
    await until(() => answered() >= subscriptions.length);
    const card = { op: 'put', key: 'run/later', value: { runId: newId(), boardId: a.board, name: a.secret } };
    const shown = { op: 'put', key: 'run/shown', value: { runId: newId(), boardId: b.board, name: 'shown' } };
    const swarm = await harness.connectAs('swarm');
    const delta = (from: number, ops: object[]) => ({ kind: 'run-list', id: 'all', epoch: 'e', from, to: from + 1, ops });
    swarm.publish(subjects.view('run-list', 'all'), JSON.stringify(delta(1, [card, shown])));
    swarm.publish(subjects.view('run-list', 'all'), JSON.stringify(delta(2, [{ op: 'del', key: 'run/later' }])));
    await socket.next('delta', ({ data }) => JSON.stringify(data).includes('shown'));
    const last = await socket.next('delta', ({ data }) => (data as { to?: number }).to === 3);
    expect(last.data.ops).toEqual([]);
    for (const frame of socket.frames.filter(({ event }) => event !== 'error'))
      expect(leaks(a, { status: 200, text: JSON.stringify(frame) })).toEqual([]);
    // Counted where nobody knows who looks: not for who does not see all.
    socket.send('window', { window: 'w', kind: 'run-list', id: 'all', limit: 10 });
    await socket.next('error', ({ data }) => JSON.stringify(data).includes('Windows are for those'));
    expect((await get('ben', '/api/v1/views/run-list/all/window')).status).toBe(403);
    socket.send('live', { kind: 'task', id: a.run });
    await socket.next('error', ({ data }) => JSON.stringify(data).includes(a.run) && JSON.stringify(data).includes('not_found'));
    socket.close();
  });

  it('told by a refusal from what is not there', async () => {
    const log = async (run: string) => {
      const { correlationId: _, ...problem } = JSON.parse((await get('ben', `/api/v1/runs/${run}/log?task=x`)).text) as object & {
        correlationId: string;
      };
      return problem;
    };
    expect(await log(a.run)).toEqual(await log(newId()));
    const details = [];
    for (const [path, body] of [
      ['kanban/ArchiveCards', { boardId: a.board, cardIds: [newId()], why: 'person' }],
      ['swarm/CancelRun', { runId: a.run }],
    ] as const) {
      const response = await harness.command(path, body, { token: '', cookie: cookies.ben });
      details.push(((await response.json()) as { detail: string }).detail);
    }
    // As the services say it.
    expect(details).toEqual(['There is no such board.', 'There is no such run.']);
  });

  it('among the facts of the past', async () => {
    for (const [stream, type, data] of [
      [`board-${a.board}`, 'CardArchived', { boardId: a.board, cardId: newId(), why: 'person' }],
      [`run-${a.run}`, 'RunCancelRequested', { runId: a.run, reason: a.secret }],
      [`approval-${a.approval}`, 'ApprovalVoteCast', { approvalId: a.approval, voter: 'user:x', reason: a.secret }],
      [`incident-${a.incident}`, 'IncidentClosed', { incidentId: a.incident }],
    ] as const) {
      const commandId = newId();
      const metadata = { commandId, commandDigest: 'sha256:x', correlationId: commandId, causationId: commandId };
      const event = { id: ids.event(commandId, stream, 0), type, schema: 1, data };
      const at = { actor: 'service:kanban', depth: 0, recordedAt: '2026-01-01T00:00:00.000Z' };
      const commands = [{ commandId, principal: 'service:kanban', digest: 'sha256:x', revision: 0 }];
      const events = [{ ...event, metadata: { ...metadata, ...at } }];
      await harness.service.runtime.recorded.append({ stream, expectedRevision: -1, events, commands } as never);
    }
    for (const context of contexts) {
      const { status, text } = await get('ben', `/api/v1/events?context=${context}`);
      expect({ context, found: leaks(a, { status, text }) }).toEqual({ context, found: [] });
      if (!['kanban', 'swarm', 'approvals', 'healer'].includes(context)) continue;
      const forAna = JSON.parse((await get('ana', `/api/v1/events?context=${context}`)).text) as EventsPage;
      expect(forAna.events.length - (JSON.parse(text) as EventsPage).events.length).toBe(1);
    }
  });

  it('by any command: what is not seen is not there', async () => {
    const send = async (path: string, data: object) =>
      (await harness.command(path, data, { token: '', cookie: cookies.ben })).status;
    expect(await send('kanban/ArchiveCards', { boardId: a.board, cardIds: [newId()], why: 'person' })).toBe(404);
    expect(await send('swarm/CancelRun', { runId: a.run })).toBe(404);
    const start = {
      runId: newId(),
      workflowId: 'x',
      name: 'x',
      input: { value: {} },
      cause: { kind: 'manual' },
      boardId: a.board,
    };
    expect(await send('swarm/StartRun', start)).toBe(404);
    // His own is passed on, and answered by nobody here.
    expect(await send('kanban/ArchiveCards', { boardId: b.board, cardIds: [newId()], why: 'person' })).toBe(503);
  });

  it('by any other route', async () => {
    const log = `/api/v1/runs/${a.run}/log?task=t`;
    expect([(await get('ben', log)).status, (await get('ana', log)).status]).toEqual([404, 200]);
    const parameters: Record<string, string> = {
      ...{ runId: a.run, kind: 'board', id: a.board, digest: `sha256:${'a'.repeat(64)}`, code: 'BCDF-GHJK' },
      ...{ userId: newId(), tokenId: newId(), sessionId: newId(), name: 'kanban', context: 'kanban', type: 'MoveCards' },
    };
    const { stack } = (harness.service.app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } }).router;
    for (const { route } of stack.filter(({ route }) => route?.methods['get'])) {
      const path = route!.path.replace(/:(\w+)/g, (_all, name: string) => {
        if (parameters[name] === undefined) throw new Error(`${route!.path}: what shall stand for :${name}?`);
        return parameters[name];
      });
      expect({ path, found: leaks(a, await get('ben', path)) }).toEqual({ path, found: [] });
    }
  });
});

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
}

it('every request of a socket was looked at here', () => {
  expect(Object.keys(liveRequests).toSorted()).toEqual([
    'hello',
    'live',
    'ping',
    'subscribe',
    'unlive',
    'unsubscribe',
    'unwindow',
    'window',
  ]);
});

it('who is asked to approve sees the request, and nothing else of its board', async () => {
  expect((await get('carl', `/api/v1/views/approval/${a.approval}`)).text).toContain(a.secret);
  expect((await get('carl', '/api/v1/views/inbox/all')).text).toContain(a.approval);
  for (const path of [`run/${a.run}`, `board/${a.board}`]) expect((await get('carl', `/api/v1/views/${path}`)).status).toBe(404);
});

it('a board that opens to somebody is there a moment later, and gone when it closes', async () => {
  const socket = await LiveClient.welcomed(harness, { cookie: cookies.ben });
  const shared = { ...boardRow(a, members.ana), members: { [members.ana]: 'admin', [members.ben]: 'view' } };
  const tell = (from: number, value: object) =>
    kanban.publish(
      subjects.view('boards', 'all'),
      JSON.stringify({
        kind: 'boards',
        id: 'all',
        epoch: 'e',
        from,
        to: from + 1,
        ops: [{ op: 'put', key: `board/${a.board}`, value }],
      }),
    );
  tell(2, shared);
  // What they hold is of another sight.
  expect(await socket.closing()).toMatchObject({ code: 1008 });
  expect((await get('ben', `/api/v1/views/run/${a.run}`)).text).toContain(a.secret);
  const change = { boardId: a.board, cardIds: [newId()], why: 'person' };
  expect((await harness.command('kanban/ArchiveCards', change, { token: '', cookie: cookies.ben })).status).toBe(403);
  tell(3, boardRow(a, members.ana));
  await until(async () => (await get('ben', `/api/v1/views/run/${a.run}`)).status === 404);
});
