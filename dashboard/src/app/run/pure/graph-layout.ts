import { Graph, layout as arrange, type EdgeLabel, type GraphLabel, type NodeLabel } from '@dagrejs/dagre';

/** What the drawing depends on: not the states, so that a run is laid out once and not at every step. */
export interface GraphTask {
  taskId: string;
  /** What is written on the node. */
  label: string;
  gate: boolean;
  needs: readonly string[];
  /** Roles it may be handed off to. */
  routes: readonly string[];
}

export interface GraphNode {
  /** `taskId`, or `taskId→role` for a possible handoff. */
  id: string;
  taskId: string;
  /** Set on the node of a possible handoff. */
  route?: string;
  gate: boolean;
  label: string;
  x: number;
  y: number;
  width: number;
}

export interface GraphEdge {
  id: string;
  from: string;
  to: string;
  kind: 'needs' | 'route';
  path: string;
}

export interface GraphDrawing {
  nodes: GraphNode[];
  edges: GraphEdge[];
  width: number;
  height: number;
}

export const NODE_HEIGHT = 52;
const ROUTE_GAP = 30;
const MARGIN = 28;

interface Point {
  x: number;
  y: number;
}

/** Left to right by dependency; possible handoffs hang under the task that may make them. */
export function layoutGraph(tasks: readonly GraphTask[]): GraphDrawing {
  const graph = new Graph<GraphLabel, NodeLabel, EdgeLabel>();
  graph.setGraph({ rankdir: 'LR', nodesep: 16, ranksep: 44, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(tasks.map(({ taskId }) => taskId));
  // dagre puts what it hears of first at the bottom.
  const fromBelow = tasks.toReversed();
  for (const { taskId, label, gate, routes } of fromBelow) {
    // Room for its handoffs above and below, so that the task itself stays in line with its neighbours.
    const height = NODE_HEIGHT + 2 * routes.length * (NODE_HEIGHT + ROUTE_GAP);
    graph.setNode(taskId, { width: nodeWidth(label, gate), height });
  }
  for (const { taskId, needs } of fromBelow) {
    for (const need of needs.toReversed()) if (known.has(need)) graph.setEdge(need, taskId);
  }
  arrange(graph);

  const nodes = tasks.flatMap((task) => nodesOf(task, graph.node(task.taskId) as Point & { width: number }));
  const at = new Map(nodes.map((node) => [node.id, node]));
  const edges: GraphEdge[] = [];
  for (const { v, w } of graph.edges()) {
    const from = at.get(v);
    const to = at.get(w);
    const points = (graph.edge(v, w)?.points as Point[] | undefined) ?? [];
    if (from && to)
      edges.push({ id: `${v}→${w}`, from: v, to: w, kind: 'needs', path: needsPath(from, to, points) });
  }
  for (const node of nodes) {
    const owner = at.get(node.taskId);
    if (node.route && owner) {
      edges.push({
        id: node.id,
        from: node.taskId,
        to: node.id,
        kind: 'route',
        path: routePath(owner, node),
      });
    }
  }
  return { nodes, edges, ...trimmed(nodes, edges.length > 0 ? (graph.graph().width ?? 0) : 0) };
}

function nodesOf(
  { taskId, label, gate, routes }: GraphTask,
  { x, y, width }: Point & { width: number },
): GraphNode[] {
  const left = x - width / 2;
  const top = y - NODE_HEIGHT / 2;
  return [
    { id: taskId, taskId, gate, label, x: left, y: top, width },
    ...routes.map((route, index) => ({
      id: `${taskId}→${route}`,
      taskId,
      route,
      gate: false,
      label: route,
      x: left,
      y: top + (index + 1) * (NODE_HEIGHT + ROUTE_GAP),
      width: Math.max(width, nodeWidth(route, false)),
    })),
  ];
}

/** Measured by the letter: the drawing must not wait for a font. */
function nodeWidth(label: string, gate: boolean): number {
  return Math.round(Math.min(210, Math.max(140, label.length * 7.1 + (gate ? 52 : 46))));
}

/** Leaves the middle of the right side, passes what dagre keeps free between the ranks, enters on the left. */
function needsPath(from: GraphNode, to: GraphNode, points: readonly Point[]): string {
  const start = { x: from.x + from.width, y: from.y + NODE_HEIGHT / 2 };
  const end = { x: to.x - 5, y: to.y + NODE_HEIGHT / 2 };
  const between =
    points.length > 3 ? points.slice(1, -1).filter(({ x }) => x > start.x + 8 && x < end.x - 8) : [];
  let path = `M${round(start.x)} ${round(start.y)}`;
  let last = start;
  for (const point of [...between, end]) {
    const middle = round((last.x + point.x) / 2);
    path += `C${middle} ${round(last.y)} ${middle} ${round(point.y)} ${round(point.x)} ${round(point.y)}`;
    last = point;
  }
  return path;
}

function routePath(from: GraphNode, to: GraphNode): string {
  const x = round(from.x + Math.min(from.width, to.width) / 2);
  return `M${x} ${round(from.y + NODE_HEIGHT)}V${round(to.y - 5)}`;
}

/** The height without the empty room above tasks with handoffs. */
function trimmed(nodes: GraphNode[], width: number): { width: number; height: number } {
  const bottom = Math.max(0, ...nodes.map(({ y }) => y + NODE_HEIGHT));
  const right = Math.max(width, ...nodes.map(({ x, width: own }) => x + own + MARGIN));
  return { width: Math.ceil(right), height: Math.ceil(bottom + MARGIN) };
}

const round = (value: number) => Math.round(value * 10) / 10;
