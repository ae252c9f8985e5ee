// A process that does nothing but tell that it is alive, as every service does, and every agent in its own way.
import { readFileSync } from 'node:fs';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';

const { NAME: name, OF: of, INSTANCE: instanceId, NATS_URL: servers, NATS_NKEY_FILE: file } = process.env;
const connection = await connect({
  servers,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 100,
  inboxPrefix: `_INBOX_${of === 'agent' ? 'agent_' : ''}${name}`,
  authenticator: nkeyAuthenticator(new TextEncoder().encode(readFileSync(file, 'utf8').trim())),
});
const tell = () =>
  connection.publish(
    `agencyos.hb.${of}.${name}`,
    JSON.stringify({ name, instanceId, at: new Date().toISOString(), pid: process.pid }),
  );
tell();
setInterval(tell, 1_000);
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
process.stdout.write('ready\n');
