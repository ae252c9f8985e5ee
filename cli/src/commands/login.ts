import type { Command } from '../command.js';
import { forget, keep, removeKept } from '../kept-login.js';
import { logIn, personOptions } from '../person.js';

/** Signs a person in for their command line. */
export const loginCommand: Command = {
  usage: ['login [--name NAME] [--device]'],
  summary: 'sign in for 15 minutes, so that approve and reject need not ask',
  details: `Asks for your name and password; with --device it shows a code that you confirm in the dashboard instead.
The data folder's own token reads and operates; deciding needs you in person. The sign-in is kept on the disk, readable
by you alone, only where commands run isolated from the data folder; elsewhere every vote asks anew.
Scripts vote with a token of their own: \`agencyos token\`.`,
  options: personOptions,
  words: 0,
  async run(call) {
    const client = call.client();
    const { token, name, expiresAt } = await logIn(call);
    const kept = keep(client.target, token);
    if (!kept) await forget(client.as(token));
    call.printer.data({ name, kept, ...(kept && { expiresAt }) });
    call.printer.line(
      kept
        ? `Signed in as ${name} until ${new Date(expiresAt).toTimeString().slice(0, 5)}.`
        : `You are ${name}. Commands do not run isolated here, so nothing is kept: each vote will ask you.`,
    );
    return 0;
  },
};

/** Ends the sign-in of {@link loginCommand}. */
export const logoutCommand: Command = {
  usage: ['logout'],
  summary: 'end the sign-in that login has kept',
  words: 0,
  async run(call) {
    const client = call.client();
    const token = removeKept(client.target);
    if (token) await forget(client.as(token));
    call.printer.line(token ? 'Signed out.' : 'Nobody was signed in.');
    call.printer.data({ signedOut: token !== undefined });
    return 0;
  },
};
