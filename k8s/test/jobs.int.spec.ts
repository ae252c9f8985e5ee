import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@agencyos/testing';
import { ApiError, type ApiRequest } from '../double/requests.js';
import { restrictedProblems } from '../support/restricted.js';
import { tools } from '../support/rendered.js';
import { schemaProblems } from '../support/schemas.js';
import { JobsWorld, NAMESPACE } from './jobs.js';

const withTools = tools ? describe : describe.skip;
const sh = (script: string) => ({ run: ['sh', '-c', script] });

let world: JobsWorld;
beforeEach(async () => {
  world = await JobsWorld.start();
});
afterEach(() => world.stop());

withTools('a command in a Job of its own, on a double of the API server that runs its containers', () => {
  it('is given its files, leaves what it produces, and is followed; its Job is taken away', async () => {
    const handler = await world.worker();
    const source = world.stored('from before');
    const script = `cat uses/source; echo " with $AGENCYOS_ATTEMPT"; mkdir out; echo made > out/notes.txt
      cp "$AGENCYOS_INPUT" out/input.json; echo '{"output":{"cost":"$(HOME) $$5"}}' > "$AGENCYOS_RESULT"`;
    const context = world.context({
      ...sh(script),
      uses: { source },
      produces: { notes: 'out/notes.txt', all: 'out' },
      input: 7,
    });
    const outcome = await handler(context);
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      output: { cost: '$(HOME) $$5' },
      artifacts: [
        { name: 'notes', mediaType: 'text/plain' },
        { name: 'all', mediaType: 'application/x-tar' },
      ],
    });
    expect(world.lines[0]).toBe(`from before with ${context.task.runId}/build/1`);
    expect(world.lines).toContainEqual(expect.stringMatching(/^\[produced notes: 5 bytes/));
    await until(() => world.jobs().length === 0);
  });

  it('fails as it would on the worker itself: by its code, its last line, what it lacks', async () => {
    const handler = await world.worker();
    const fail = async (input: object) => {
      const outcome = await handler(world.context(input));
      return outcome.kind === 'failed' ? outcome.fault : outcome;
    };
    expect(await fail(sh('echo no such thing >&2; exit 3'))).toEqual({
      ...{ code: 'exit', retryable: true, message: 'The command ended with exit code 3: no such thing' },
    });
    expect(await fail({ run: ['no-such-program'] })).toMatchObject({ code: 'command_not_found', retryable: false });
    expect(await fail({ ...sh('true'), produces: { notes: 'notes.md' } })).toMatchObject({
      ...{ code: 'produced_missing', message: '"notes": the command has left nothing at notes.md.' },
    });
    world.contents.clear();
    const source = { digest: `sha256:${'0'.repeat(64)}`, bytes: 1, mediaType: 'text/plain' };
    expect(await fail({ ...sh('true'), uses: { source } })).toMatchObject({ code: 'uses_unreadable', retryable: false });
  });

  it('runs in an image of the list, by its name', async () => {
    const handler = await world.worker();
    world.images['other:1'] = { env: { WHERE: 'in another image' } };
    expect(await handler(world.context({ ...sh('echo $WHERE'), image: 'other' }))).toMatchObject({ kind: 'succeeded' });
    expect(world.lines).toContain('in another image');
    expect(await handler(world.context({ ...sh('true'), image: 'any' }))).toMatchObject({
      fault: { code: 'image_not_allowed', message: 'There is no image "any" for this role: it may be "default", "other".' },
    });
  });

  it('finds no credential, in its environment or in the manifest of its Job', async () => {
    process.env['AGENCYOS_CANARY'] = 'canary-of-the-worker';
    const handler = await world.worker();
    const done = handler(world.context(sh('env; sleep 0.2')));
    await until(() => world.pods().length === 1);
    const [job] = world.jobs();
    expect(await done).toMatchObject({ kind: 'succeeded' });
    delete process.env['AGENCYOS_CANARY'];
    const { spec } = job.spec.template;
    const [helper] = spec.initContainers;
    const ticket = helper.env.find(({ name }: { name: string }) => name === 'AGENCYOS_FILES_TICKET').value;
    const [command] = spec.containers;
    expect(JSON.stringify(job)).not.toMatch(/canary|serviceaccount|\.nk\b|\.token\b|agencyos_|secretKeyRef/);
    // The helper's alone, and of no use once the attempt has ended.
    expect(JSON.stringify({ ...job, spec: { template: { spec: { ...spec, initContainers: [] } } } })).not.toContain(ticket);
    expect([spec.automountServiceAccountToken, spec.shareProcessNamespace]).toEqual([false, undefined]);
    expect(spec.volumes.every(({ name: _, ...source }: object & { name: string }) => 'emptyDir' in source)).toBe(true);
    expect(command.volumeMounts.map(({ name }: { name: string }) => name)).not.toContain('helper');
    expect(
      world.lines
        .map((line) => line.split('=')[0])
        .filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name!))
        .sort(),
    ).toEqual([...['AGENCYOS_ATTEMPT', 'AGENCYOS_INPUT', 'AGENCYOS_RESULT', 'HOME', 'LANG', 'PATH']]);
    const url = helper.env.find(({ name }: { name: string }) => name === 'AGENCYOS_FILES_URL').value;
    const answer = await fetch(`${url}/task`, { headers: { authorization: `Bearer ${ticket}` } });
    expect(answer.status).toBe(403);
  });

  it('is a Job that every cluster takes: valid, and restricted Pod Security', async () => {
    const handler = await world.worker();
    const done = handler(world.context(sh('sleep 0.2')));
    await until(() => world.jobs().length === 1);
    const [{ status: _, ...job }] = world.jobs();
    expect(await schemaProblems(job)).toEqual([]);
    const { metadata, spec } = job.spec.template;
    expect(restrictedProblems({ of: 'Job', component: 'job', metadata, spec })).toEqual([]);
    expect(job.spec).toMatchObject({ backoffLimit: 0, activeDeadlineSeconds: 66, ttlSecondsAfterFinished: 300 });
    await done;
  });

  it('is followed through an API server that is replaced, and a watch that is too old, each line once', async () => {
    const handler = await world.worker();
    let first = true;
    world.api.before = ({ verb, resource }: ApiRequest) => {
      if (verb === 'watch' && resource === 'pods' && first) {
        first = false;
        world.api.stored.create({
          ...{ group: '', namespace: NAMESPACE, resource: 'events', body: { metadata: { name: 'another' } } },
        });
        world.api.stored.compact();
      }
    };
    const done = handler(world.context(sh('for i in 1 2 3 4 5 6; do echo line $i; sleep 0.2; done')));
    await until(() => world.lines.includes('line 2'));
    world.api.cut();
    await until(() => world.lines.includes('line 4'));
    world.api.cut();
    expect(await done).toMatchObject({ kind: 'succeeded' });
    expect(world.lines).toEqual([1, 2, 3, 4, 5, 6].map((number) => `line ${number}`));
  });

  it.each(['stop_ordered', 'lease_lost'])('is ended, pod and all, when its attempt is (%s)', async (reason) => {
    const handler = await world.worker();
    const stop = new AbortController();
    const script = `trap 'echo told' TERM; echo begun; while :; do sleep 0.1; done`;
    const done = handler(world.context(sh(script), { signal: stop.signal }));
    await until(() => world.lines.includes('begun'));
    stop.abort(reason);
    await done;
    expect([world.jobs(), world.pods()]).toEqual([[], []]);
  });

  it('of a worker that is gone is ended before the next attempt begins', async () => {
    const context = world.context(sh('echo first; sleep 60'));
    void (await world.worker())(context);
    await until(() => world.lines.includes('first'));
    const second = world.context(sh('echo second'), {}, 2, context.task.runId);
    expect(await (await world.worker())(second)).toMatchObject({ kind: 'succeeded' });
    expect(world.pods().filter(({ status }) => status.phase === 'Running')).toEqual([]);
    expect(world.lines).toContain('second');
  });

  it('is made once: what is there of the same attempt is looked at, and is ours or not', async () => {
    const handler = await world.worker();
    let lost = true;
    world.api.before = (request: ApiRequest) => {
      if (request.resource !== 'jobs' || request.verb !== 'create' || !lost) return;
      lost = false;
      world.api.stored.create(request);
      throw new ApiError(500, 'InternalError', 'the answer was lost');
    };
    const context = world.context(sh('echo once; sleep 0.5'));
    const done = handler(context);
    await until(() => world.lines.includes('once'));
    expect(await (await world.worker())(context)).toMatchObject({
      fault: { code: 'job_exists', retryable: true, message: expect.stringMatching(/which another worker has made/) },
    });
    expect(await done).toMatchObject({ kind: 'succeeded' });
    expect(world.lines.filter((line) => line === 'once')).toHaveLength(1);
  });

  it('has a deadline that moves on with its lease, and is ended by it when nobody renews it', async () => {
    const handler = await world.worker();
    let renew: (endBy: number) => void = () => undefined;
    const followLease = (listener: (endBy: number) => void) => (renew = listener);
    const done = handler(world.context(sh('echo begun; sleep 60'), { followLease }));
    await until(() => world.lines.includes('begun'));
    renew(performance.now() + 90_000);
    // The lease's end, and a minute.
    await until(() => world.jobs()[0]?.spec.activeDeadlineSeconds >= 150);
    const [{ metadata }] = world.jobs();
    const place = { group: 'batch', namespace: NAMESPACE, resource: 'jobs', name: metadata.name };
    world.api.stored.patch({ ...place, body: { spec: { activeDeadlineSeconds: 0 } } });
    expect(await done).toMatchObject({ fault: { code: 'killed', retryable: true } });
  });

  it.each<[string, string, (world: JobsWorld) => void, RegExp]>([
    [
      'no such image',
      'image_unavailable',
      ({ images }) => delete images['tools:1'],
      /^The image tools:1 cannot be had \(ImagePullBackOff\)/,
    ],
    [
      'no node',
      'not_scheduled',
      ({ runner }) => (runner.unschedulable = '0/3 nodes are available: 3 Insufficient memory'),
      /^The command has not begun: no node takes its pod: 0\/3 nodes/,
    ],
    [
      'a quota for pods',
      'quota_exceeded',
      ({ runner }) => (runner.refusesPods = 'pods "x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=5'),
      /^The command has not begun: Error creating: .*exceeded quota/,
    ],
    [
      'a quota for Jobs',
      'quota_exceeded',
      ({ api }) =>
        (api.before = ({ verb, resource }) => {
          if (verb === 'create' && resource === 'jobs')
            throw new ApiError(403, 'Forbidden', 'jobs.batch "x" is forbidden: exceeded quota: few');
        }),
      /^The quota of the namespace jobs lets no more Jobs in/,
    ],
  ])('says in one sentence why it cannot begin: %s', async (_what, code, make, message) => {
    make(world);
    const outcome = await (await world.worker())(world.context(sh('true')));
    expect(outcome).toMatchObject({ fault: { code, retryable: true, message: expect.stringMatching(message) } });
    await until(() => world.jobs().length + world.pods().length === 0);
  });

  it('is not to be had without the right to make Jobs, and that is said', async () => {
    const outcome = await (await world.worker('another'))(world.context(sh('true')));
    expect(outcome).toMatchObject({
      fault: {
        code: 'jobs_forbidden',
        retryable: false,
        message: expect.stringMatching(/cannot make a Job in the namespace jobs: .*forbidden/),
      },
    });
  });
});
