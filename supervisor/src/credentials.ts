import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { OutsideCredentials } from './nats-accounts.js';
import { writeOwnFile } from './own-file.js';

export const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes');

/** Whoever answers for it: it is taken back when they are disabled. */
const owner = z
  .string()
  .regex(/^user:[0-9a-f-]{36}$/, 'must be a person of the installation')
  .optional();

/** An agent for whom a credential is asked. */
export const NewAgent = z.strictObject({ name: Name, roles: z.array(Name).min(1).max(50), owner });
/** A subscriber for whom a credential is asked; facts only, since all else may change with any version. */
export const NewSubscriber = z.strictObject({
  name: Name,
  subjects: z
    .array(
      z
        .string()
        .max(200)
        .regex(
          /^agencyos\.evt(\.([A-Za-z0-9_-]+|\*))*(\.>)?$/,
          'must lie below agencyos.evt, with * for a token and > for the rest',
        ),
    )
    .min(1)
    .max(50),
  owner,
});

const Kept = z.object({ agents: z.array(NewAgent), subscribers: z.array(NewSubscriber) });
type Kept = z.infer<typeof Kept>;

/** The credentials that were added to an installation, in a file of its data folder. */
export class Credentials {
  private constructor(
    private readonly file: string,
    private kept: Kept,
    private readonly builtIn: OutsideCredentials['agents'],
  ) {}

  /** @throws Error when the file is not what this program wrote */
  static async open(file: string, builtIn: OutsideCredentials['agents']): Promise<Credentials> {
    const empty: Kept = { agents: [], subscribers: [] };
    if (!existsSync(file)) return new Credentials(file, empty, builtIn);
    const parsed = Kept.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (!parsed.success) throw new Error(`${file} cannot be read: ${z.prettifyError(parsed.error)}`);
    return new Credentials(file, parsed.data, builtIn);
  }

  get all(): OutsideCredentials {
    const agents = this.kept.agents.map(({ name, roles, owner }) => ({ agentId: name, roles, ...(owner && { owner }) }));
    return { agents: [...this.builtIn, ...agents], subscribers: this.kept.subscribers };
  }

  isBuiltIn(name: string): boolean {
    return this.builtIn.some(({ agentId }) => agentId === name);
  }

  /** The same name again replaces what it was given before. */
  async addAgent(agent: z.infer<typeof NewAgent>): Promise<void> {
    await this.keep({
      ...this.kept,
      agents: [...this.kept.agents.filter(({ name }) => name !== agent.name), agent],
    });
  }

  /** @returns whether there was one */
  removeAgent(name: string): Promise<boolean> {
    return this.remove('agents', name);
  }

  /** @returns whether there was one */
  removeSubscriber(name: string): Promise<boolean> {
    return this.remove('subscribers', name);
  }

  async addSubscriber(subscriber: z.infer<typeof NewSubscriber>): Promise<void> {
    const others = this.kept.subscribers.filter(({ name }) => name !== subscriber.name);
    await this.keep({ ...this.kept, subscribers: [...others, subscriber] });
  }

  private async remove(what: 'agents' | 'subscribers', name: string): Promise<boolean> {
    const others = (this.kept[what] as { name: string }[]).filter((one) => one.name !== name);
    if (others.length === this.kept[what].length) return false;
    await this.keep({ ...this.kept, [what]: others });
    return true;
  }

  private async keep(kept: Kept): Promise<void> {
    await writeOwnFile(this.file, `${JSON.stringify(kept, undefined, 2)}\n`);
    this.kept = kept;
  }
}
