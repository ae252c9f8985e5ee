import { agentSender } from '@agencyos/contracts';

/** Made by the NATS server for a request out of another account, and by nobody else: the answer stays in that account. */
const ACROSS_ACCOUNTS = '_R_.';

/** Who sends on a subject: its last token, of heartbeats the agent that it names. */
function senderOf(subject: string): string {
  const tokens = subject.split('.');
  const last = tokens.at(-1)!;
  return tokens[1] === 'hb' && tokens[2] === 'agent' ? agentSender(last) : last;
}

/**
 * NATS checks where a client publishes, not where it lets itself be answered, and we may publish what it may not. So a
 * request is answered below its sender's own inbox, or not at all.
 */
export function isOwnInbox(subject: string, reply: string): boolean {
  return reply.startsWith(ACROSS_ACCOUNTS) || reply.startsWith(`_INBOX_${senderOf(subject)}.`);
}
