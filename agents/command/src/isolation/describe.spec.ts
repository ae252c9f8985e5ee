import { describe as suite, expect, it } from '@jest/globals';
import { describe } from './describe.js';

suite('what a start says about its commands (fault 6)', () => {
  it('is one thing for each way, in plain words', () => {
    expect(describe({ way: 'bubblewrap' }, 'cgroup v2')).toMatch(
      /^Commands are isolated by bubblewrap: .* By cgroup v2 none gets more than \d+ MiB/,
    );
    expect(describe({ way: 'unshare' }, 'cgroup v1')).toMatch(/^Commands are isolated by unshare: .* By cgroup v1 none/);
  });

  it.each([
    [undefined, /AGENCYOS_ISOLATION is `none`/],
    [[{ way: 'bubblewrap', reason: 'There is no program "bwrap".' }], /bubblewrap is not there .*: install it/],
    [
      [
        { way: 'bubblewrap', reason: 'The sandbox could not be made: bwrap: No permissions to create new namespace' },
        { way: 'unshare', reason: 'unshare failed' },
      ],
      /namespaces \(bubblewrap: .*No permissions.*; unshare: unshare failed\)\. Allow user namespaces/,
    ],
  ] as const)('says why there is none, and what to do: %j', (tried, words) => {
    const sentence = describe({ way: 'none', ...(tried && { tried }) }, 'watching', 'linux');
    expect(sentence).toMatch(/NOT isolated: they can do what you can, .* looks several times/);
    expect(sentence).toMatch(words);
    if (!tried?.[0].reason.startsWith('There is no')) expect(sentence).not.toMatch(/[Ii]nstall/);
  });

  it('is said on macOS too, where least is possible', () => {
    expect(describe({ way: 'none' }, 'watching', 'darwin')).toMatch(
      /NOT isolated: .* Isolating them needs Linux\. The worker looks/,
    );
  });
});
