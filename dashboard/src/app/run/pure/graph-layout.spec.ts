import { describe, expect, it } from '@jest/globals';
import { NODE_HEIGHT, layoutGraph, type GraphTask } from './graph-layout';

const task = (taskId: string, needs: string[] = [], more: Partial<GraphTask> = {}): GraphTask => ({
  taskId,
  label: taskId,
  gate: false,
  needs,
  routes: [],
  ...more,
});
const RELEASE = [
  task('clone'),
  task('lint', ['clone']),
  task('count', ['clone']),
  task('license', ['clone']),
  task('notes', ['lint', 'count', 'license'], { routes: ['reviewer'] }),
  task('approve', ['notes'], { gate: true, label: 'Approve the release' }),
  task('publish', ['approve']),
];

describe('the drawing of a run', () => {
  const { nodes, edges, width, height } = layoutGraph(RELEASE);
  const node = (id: string) => nodes.find((other) => other.id === id)!;

  it('goes from left to right along the dependencies', () => {
    const order = ['clone', 'lint', 'notes', 'approve', 'publish'].map((id) => node(id).x);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(new Set(order).size).toBe(order.length);
  });

  it('puts parallel tasks under each other, without overlap', () => {
    const ys = ['lint', 'count', 'license'].map((id) => node(id).y).sort((a, b) => a - b);
    expect(ys[1]! - ys[0]!).toBeGreaterThanOrEqual(NODE_HEIGHT);
    expect(ys[2]! - ys[1]!).toBeGreaterThanOrEqual(NODE_HEIGHT);
  });

  it('hangs a possible handoff under its task, which stays in line with its neighbours', () => {
    expect(node('notes→reviewer').y).toBeGreaterThan(node('notes').y + NODE_HEIGHT);
    expect(node('notes→reviewer').x).toBe(node('notes').x);
    expect(Math.abs(node('notes').y - node('approve').y)).toBeLessThan(1);
  });

  it('has one edge per dependency and one per handoff', () => {
    expect(edges.filter(({ kind }) => kind === 'needs')).toHaveLength(8);
    expect(edges.filter(({ kind }) => kind === 'route').map(({ to }) => to)).toEqual(['notes→reviewer']);
  });

  it('holds every node', () => {
    for (const { x, y, width: own } of nodes) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(x + own).toBeLessThanOrEqual(width);
      expect(y + NODE_HEIGHT).toBeLessThanOrEqual(height);
    }
  });

  it('is the same every time', () => expect(layoutGraph(RELEASE)).toEqual({ nodes, edges, width, height }));

  it('copes with nothing and with what is not known yet', () => {
    expect(layoutGraph([]).nodes).toEqual([]);
    expect(layoutGraph([task('a', ['later'])]).edges).toEqual([]);
  });
});

it('parallel tasks stand in the order in which they are given', () => {
  const shards = Array.from({ length: 12 }, (_, index) => `shard-${index + 1}`);
  const { nodes } = layoutGraph([
    task('split'),
    ...shards.map((id) => task(id, ['split'])),
    task('join', shards),
  ]);
  const drawn = nodes.filter(({ id }) => shards.includes(id)).sort((a, b) => a.y - b.y);
  expect(drawn.map(({ id }) => id)).toEqual(shards);
});
