import type { CommandContext, CommandData, CommandName } from '@agencyos/contracts';

/** A command without an answer yet, as it is kept. */
export interface Unsent {
  /** The command's id: sent again under it, the command has one effect. */
  id: string;
  principal: string;
  context: CommandContext<CommandName>;
  type: CommandName;
  data: CommandData<CommandName>;
}

const PREFIX = 'agencyos.unsent';
/** What lay for so long was decided on a state that nobody remembers, ms. */
const KEPT_MS = 24 * 3_600_000;

/** Keeps unsent commands in the browser, one entry each, so that two tabs never overwrite each other's. */
export class OutboxShelf {
  put(unsent: Unsent): void {
    try {
      localStorage.setItem(keyOf(unsent.principal, unsent.id), JSON.stringify({ ...unsent, at: Date.now() }));
    } catch {
      // Without storage it is kept as long as the page is open.
    }
  }

  remove(principal: string, id: string): void {
    try {
      localStorage.removeItem(keyOf(principal, id));
    } catch {
      // Nothing was kept.
    }
  }

  /** Of one person, oldest first: ids of version 7 sort by time. */
  of(principal: string): Unsent[] {
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith(`${PREFIX}/${principal}/`));
      return keys.sort().flatMap((key) => this.read(key));
    } catch {
      return [];
    }
  }

  private read(key: string): Unsent[] {
    try {
      const { at, ...unsent } = JSON.parse(localStorage.getItem(key) ?? '') as Unsent & { at: number };
      if (Date.now() - at < KEPT_MS) return [unsent];
    } catch {
      // Not ours, or cut off.
    }
    localStorage.removeItem(key);
    return [];
  }
}

const keyOf = (principal: string, id: string) => `${PREFIX}/${principal}/${id}`;
