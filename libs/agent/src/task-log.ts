import { agentSender, startOfText, subjects, type TaskLive, type TaskLogBatch } from '@agencyos/contracts';
import type { HeldTask } from './agent-options.js';
import type { AgentConnection } from './connection.js';
import { safeText } from './pure/log-text.js';

/** What one attempt may publish; beyond it lines are counted, not kept. */
const maxCharacters = 1_000_000;
const maxLines = 10_000;
const batchCharacters = 64_000;
const batchMs = 200;
/** Four live messages a second. */
const liveMs = 250;

/** The log of one attempt: lines in batches to `LOGS`, the last one live. Memory is bounded, whatever comes. */
export class TaskLog {
  private batch: string[] = [];
  private readonly kept: string[] = [];
  private batchSize = 0;
  private characters = 0;
  private published = 0;
  private dropped = 0;
  private flushTimer: NodeJS.Timeout | undefined;
  private liveTimer: NodeJS.Timeout | undefined;
  private lastLive = -Infinity;
  private lastLine: string | undefined;
  private ratio: number | undefined;
  private closed = false;

  constructor(
    private readonly connection: AgentConnection,
    private readonly task: HeldTask,
    private readonly agentId: string,
  ) {}

  line(raw: string): void {
    if (this.closed) return;
    this.lastLine = startOfText(raw, 16_000);
    this.showLive();
    if (this.published + this.batch.length >= maxLines || this.characters >= maxCharacters) {
      this.dropped += 1;
      return;
    }
    this.add(safeText(raw));
  }

  progress(ratio: number): void {
    if (this.closed || !Number.isFinite(ratio)) return;
    this.ratio = Math.min(1, Math.max(0, ratio));
    this.showLive();
  }

  /** Shows that the holder lives. */
  showLive(): void {
    if (this.closed || this.liveTimer) return;
    const wait = this.lastLive + liveMs - performance.now();
    if (wait <= 0) return this.publishLive();
    this.liveTimer = setTimeout(() => this.publishLive(), wait);
  }

  close(): void {
    if (this.closed) return;
    if (this.dropped > 0) this.add(`[output too long: ${this.dropped} more lines were not kept]`);
    this.flush();
    if (this.liveTimer) this.publishLive();
    this.closed = true;
    clearTimeout(this.liveTimer);
  }

  /** All lines that were kept, one each; empty when there were none. */
  get text(): string {
    return this.kept.map((line) => `${line}\n`).join('');
  }

  private add(line: string): void {
    this.batch.push(line);
    this.kept.push(line);
    this.batchSize += line.length;
    this.characters += line.length;
    if (this.batchSize >= batchCharacters) this.flush();
    else this.flushTimer ??= setTimeout(() => this.flush(), batchMs);
  }

  private flush(): void {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    if (this.batch.length === 0) return;
    const { runId, taskId, attempt } = this.task;
    const message: TaskLogBatch = { taskId, attempt, at: now(), first: this.published, lines: this.batch };
    this.connection.publish(subjects.taskLog(runId, agentSender(this.agentId)), message);
    this.published += this.batch.length;
    this.batch = [];
    this.batchSize = 0;
  }

  private publishLive(): void {
    clearTimeout(this.liveTimer);
    this.liveTimer = undefined;
    this.lastLive = performance.now();
    const { runId, taskId, attempt } = this.task;
    const line = this.lastLine === undefined ? undefined : safeText(this.lastLine, 500);
    const message: TaskLive = {
      ...{ taskId, attempt, at: now(), holder: `agent:${this.agentId}` },
      ...(line !== undefined && { line }),
      ...(this.ratio !== undefined && { progress: this.ratio }),
    };
    this.connection.publish(subjects.taskLive(runId, agentSender(this.agentId)), message);
  }
}

const now = (): string => new Date().toISOString();
