import { describe as suite, expect, it } from '@jest/globals';
import { describe } from './describe.js';

suite('what a start says about its commands (fault 6)', () => {
  it('is one thing for each way, in plain words', () => {
    expect(describe('bubblewrap', 'cgroup v2')).toMatch(
      /^Commands are isolated by bubblewrap: .* By cgroup v2 none gets more than \d+ MiB/,
    );
    expect(describe('unshare', 'cgroup v1')).toMatch(
      /^Commands are isolated by unshare: .* By cgroup v1 none/,
    );
    expect(describe('none', 'watching', 'linux')).toMatch(
      /NOT isolated: they can do what you can, .* Install bubblewrap .* looks several times/,
    );
  });

  it('is said on macOS too, where least is possible', () => {
    expect(describe('none', 'watching', 'darwin')).toMatch(
      /NOT isolated: .* Isolating them needs Linux\. The worker looks/,
    );
  });
});
