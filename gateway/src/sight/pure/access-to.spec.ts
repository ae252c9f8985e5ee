import { describe, expect, it } from '@jest/globals';
import { accessTo } from './access-to.js';

const viewer = { principal: 'user:1', roles: ['operator'], groups: ['release'] };
const board = (members: Record<string, 'view' | 'edit' | 'admin'>) => ({ visibility: 'members' as const, members });

describe('who sees a thing', () => {
  it('is everybody, where it belongs to no board or to one for all', () => {
    expect(accessTo(viewer, undefined)).toBe('admin');
    expect(accessTo(viewer, { members: { 'user:2': 'view' } })).toBe('admin');
  });

  it('are the members alone of a board that is theirs, by themselves, by a group or by a role', () => {
    expect(accessTo(viewer, board({ 'user:1': 'view' }))).toBe('view');
    expect(accessTo(viewer, board({ 'group:release': 'edit' }))).toBe('edit');
    expect(accessTo(viewer, board({ 'role:operator': 'admin' }))).toBe('admin');
    expect(accessTo(viewer, board({ 'user:2': 'admin', 'group:others': 'view', 'role:admin': 'view' }))).toBe('none');
    expect(accessTo(viewer, { visibility: 'members' })).toBe('none');
  });

  it('have the most of what they are given', () =>
    expect(accessTo(viewer, board({ 'user:1': 'view', 'group:release': 'edit' }))).toBe('edit'));
});
