import type { Writable } from 'node:stream';

interface Entry {
  at: string;
  text: string;
}

/** What a container has said, each line with its time, as the kubelet keeps it. */
export class PodLog {
  private readonly entries: Entry[] = [];
  private readonly followers = new Set<() => void>();
  private rest = '';
  private nanoseconds = 0;
  private ended = false;

  write(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) this.add(`${line}\n`);
    this.tell();
  }

  end(): void {
    if (this.rest !== '') this.add(this.rest);
    this.ended = true;
    this.tell();
  }

  /** Sends what `query` asks for; with `follow` until the container has ended. Returns what ends it before. */
  follow(query: URLSearchParams, to: Writable): () => void {
    const since = query.get('sinceTime');
    let next = since ? this.entries.findIndex(({ at }) => Date.parse(at) >= Date.parse(since)) : 0;
    if (next === -1) next = this.entries.length;
    const send = () => {
      for (; next < this.entries.length; next++) {
        const { at, text } = this.entries[next]!;
        to.write(query.get('timestamps') === 'true' ? `${at} ${text}` : text);
      }
      if (this.ended || query.get('follow') !== 'true') to.end();
    };
    this.followers.add(send);
    send();
    return () => void this.followers.delete(send);
  }

  private add(text: string): void {
    // Of two lines in one millisecond the later one is later.
    this.nanoseconds = (this.nanoseconds + 1) % 1_000_000;
    const at = new Date().toISOString().replace('Z', `${String(this.nanoseconds).padStart(6, '0')}Z`);
    this.entries.push({ at, text });
  }

  private tell(): void {
    for (const follower of [...this.followers]) follower();
  }
}
