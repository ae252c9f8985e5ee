// Tells every approval that there ever was, and each new one as it comes; also after an absence of either side:
// once each, but for the one at which it is killed.
//
//   NATS_URL, NKEY_FILE   what `agencyos subscriber add ledger --subjects 'agencyos.evt.approvals.>'` prints
//   AGENCYOS_URL, AGENCYOS_TOKEN   the gateway, and a token of `agencyos token ledger --may approval:read`
//   POSITION_FILE         how far it has come
import { existsSync, readFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';

const { NATS_URL, NKEY_FILE, AGENCYOS_URL, AGENCYOS_TOKEN, POSITION_FILE = 'position' } = process.env;
const context = 'approvals';
let position = existsSync(POSITION_FILE) ? BigInt(readFileSync(POSITION_FILE, 'utf8')) : 0n;

/** A CloudEvent, in the order of the log. What was seen before comes again, so look at its position. */
async function handle(event) {
  if (BigInt(event.position) <= position) return;
  console.log(event.position, event.type, event.subject);
  position = BigInt(event.position);
  // After it was handled: killed in between, one fact is handled twice, and never one not at all. Renamed: half a position
  // would be another one.
  await writeFile(`${POSITION_FILE}.new`, String(position));
  await rename(`${POSITION_FILE}.new`, POSITION_FILE);
}

async function catchUp() {
  for (let more = true, after = position; more;) {
    const answer = await fetch(`${AGENCYOS_URL}/api/v1/events?context=${context}&after=${after}`, {
      headers: { authorization: `Bearer ${AGENCYOS_TOKEN}` },
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    const page = await answer.json();
    for (const event of page.events) await handle(event);
    ({ more, position: after } = page);
  }
}

const nats = await connect({
  servers: NATS_URL,
  authenticator: nkeyAuthenticator(readFileSync(NKEY_FILE)),
  maxReconnectAttempts: -1,
  ignoreAuthErrorAbort: true,
});
// One after another: what is heard while the past is read waits behind it, for a later position would pass the past over.
let turn = Promise.resolve();
const inTurn = (act) =>
  (turn = turn.then(act).catch((error) => {
    console.error(error.message, error.cause?.message ?? '');
    process.exit(1); // whoever runs it starts it again, and it goes on where it was
  }));
nats.subscribe(`agencyos.evt.${context}.>`, {
  callback: (error, message) =>
    inTurn(() => {
      if (error) throw error;
      return handle(message.json());
    }),
});
inTurn(async () => {
  await nats.flush(); // the server listens for us from here on
  await catchUp();
});
for await (const { type } of nats.status()) if (type === 'reconnect') inTurn(catchUp);
