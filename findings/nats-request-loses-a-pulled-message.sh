#!/bin/bash
# @nats-io/transport-node 3.4.0: request() on a pull subject of JetStream loses the message that the server delivers.
#
# One would guess: asking $JS.API.CONSUMER.MSG.NEXT.<stream>.<consumer> by request() yields the next message; it is a
# request with an answer like every other of JetStream's subjects, and "no messages" (404) does come back that way.
# What happens: with a message waiting, request() runs into its timeout. The server sends the message to the inbox, but
# under the stream's own subject; the client's shared inbox finds the asker by the subject's last part, finds nobody and
# drops it. For the server it is delivered: it counts as waiting for an acknowledgement. With { noMux: true }, an inbox
# of its own, the same call yields the message.
# Why it matters: a small client that pulls "by hand" looks as if there were no work exactly when there is some, and
# each poll takes a message away until ack_wait brings it back.
set -euo pipefail
work=$(mktemp -d)
server_pid=
cleanup() {
  if [ -n "$server_pid" ]; then kill "$server_pid" && wait "$server_pid" || true; fi
  rm -rf "$work"
}
trap cleanup EXIT

# The server's Debian package, fetched through a private apt folder: nothing on this system changes.
mkdir -p "$work"/apt/{state,lists/partial,cache/archives/partial}
: >"$work/apt/status"
archive=$(. /etc/os-release && apt-get indextargets --format '$(REPO_URI)' "Codename: $VERSION_CODENAME" | sed -n 1p)
[ -n "$archive" ] || { echo 'Run apt-get update first: the archive is read from its lists.'; exit 1; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive trixie main" >"$work/apt/sources.list"
cat >"$work/apt/conf" <<END
Dir::State "$work/apt/state";
Dir::State::Lists "$work/apt/lists";
Dir::State::status "$work/apt/status";
Dir::Cache "$work/apt/cache";
Dir::Etc::SourceList "$work/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
APT::Sandbox::User "$(id -un)";
END
export APT_CONFIG="$work/apt/conf"
apt-get -qq update
(cd "$work" && apt-get -qq download nats-server=2.10.27-1+b2 && dpkg-deb -x nats-server_*.deb server)
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" \
  @nats-io/transport-node@3.4.0 @nats-io/jetstream@3.4.0

"$work/server/usr/sbin/nats-server" -a 127.0.0.1 -p -1 -js -sd "$work/store" --ports_file_dir "$work" 2>"$work/server.log" &
server_pid=$!
for _ in $(seq 100); do [ -s "$work/nats-server_$server_pid.ports" ] && break; sleep 0.1; done

cat >"$work/probe.mjs" <<'END'
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { readFileSync } from 'node:fs';

const [folder, pid] = process.argv.slice(2);
const [url] = JSON.parse(readFileSync(`${folder}/nats-server_${pid}.ports`, 'utf8')).nats;
const connection = await connect({ servers: url });
const manager = await jetstreamManager(connection);
await manager.streams.add({ name: 'WORK', subjects: ['work.*'], storage: 'memory' });
await manager.consumers.add('WORK', { durable_name: 'hand', ack_policy: 'explicit' });

async function pull(options) {
  const ask = connection.request('$JS.API.CONSUMER.MSG.NEXT.WORK.hand', '{"batch":1,"no_wait":true}', options);
  const got = await ask.then(
    (message) => (message.headers?.code ? `status ${message.headers.code}` : `${message.subject} ${message.string()}`),
    (error) => error.constructor.name,
  );
  const { num_ack_pending } = await manager.consumers.info('WORK', 'hand');
  return `${got}, ${num_ack_pending} delivered and not acknowledged`;
}

const seen = { 'nothing stored, request()': await pull({ timeout: 2000 }) };
await jetstream(connection).publish('work.a', 'one');
await jetstream(connection).publish('work.b', 'two');
seen['two stored, request()'] = await pull({ timeout: 2000 });
seen['the same with noMux'] = await pull({ timeout: 2000, noMux: true });
for (const [name, text] of Object.entries(seen)) console.log(`${name}: ${text}`);
await connection.close();
const found = [
  'status 404, 0 delivered and not acknowledged',
  'TimeoutError, 1 delivered and not acknowledged',
  'work.b two, 2 delivered and not acknowledged',
];
const same = Object.values(seen).join('|') === found.join('|');
console.log(same ? 'As found: the first message was delivered to nobody.' : 'CHANGED: not as found.');
process.exitCode = same ? 0 : 1;
END
"$work/server/usr/sbin/nats-server" --version
npm ls --prefix "$work" --depth 0 | grep transport-node
node "$work/probe.mjs" "$work" "$server_pid"
