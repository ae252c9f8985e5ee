#!/bin/bash
# nats-server 2.10.27: pipelined publishes that expect sequence numbers leave a hole behind one foreign message.
#
# One would guess: three messages sent without waiting, each expecting the sequence of the one before it (n, n + 1,
# n + 2), are stored together or not at all: when somebody else's message came first, the first no longer fits, so
# neither do those that build on it.
# What happens: the foreign message has taken the refused one's number. The first is refused, the second finds the
# number that it expects and is stored, and so is the third: the log holds 2 and 3 of the batch without 1. The same for
# the expectation on the subject's last sequence. Expecting the last message's *id* refuses all three.
# Why it matters: an event-sourced writer that pipelines a decision's events stores half of it, each "safely" checked.
# Either wait for each answer, or chain by message ids.
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
const js = jetstream(connection);

/** What the stream holds after a batch of three whose writer has not seen the foreign message. */
async function batch(stream, expectation) {
  const subject = `${stream}.event`;
  await manager.streams.add({ name: stream, subjects: [subject], storage: 'memory' });
  await js.publish(subject, 'start', { msgID: 'start' }); // sequence 1
  await js.publish(subject, 'foreign', { msgID: 'foreign' }); // sequence 2
  const sent = [1, 2, 3].map((n) => js.publish(subject, `own${n}`, { msgID: `own${n}`, expect: expectation(n) }));
  const answers = await Promise.all(sent.map((one) => one.then(() => 'stored', () => 'refused')));
  const { state } = await manager.streams.info(stream);
  const held = [];
  for (let seq = 1; seq <= state.last_seq; seq++) {
    held.push((await manager.streams.getMessage(stream, { seq })).string());
  }
  return `${answers.join(', ')}; the stream holds ${held.join(' ')}`;
}

const seen = {
  'last sequence': await batch('SEQUENCE', (n) => ({ lastSequence: n })),
  "subject's last sequence": await batch('SUBJECT', (n) => ({ lastSubjectSequence: n })),
  'last message id': await batch('ID', (n) => ({ lastMsgID: n === 1 ? 'start' : `own${n - 1}` })),
};
for (const [name, text] of Object.entries(seen)) console.log(`expecting the ${name}: ${text}`);
await connection.close();
const hole = 'refused, stored, stored; the stream holds start foreign own2 own3';
const whole = 'refused, refused, refused; the stream holds start foreign';
const same = Object.values(seen).join('|') === [hole, hole, whole].join('|');
console.log(same ? 'As found: sequences leave a hole, ids do not.' : 'CHANGED: not as found.');
process.exitCode = same ? 0 : 1;
END
"$work/server/usr/sbin/nats-server" --version
node "$work/probe.mjs" "$work" "$server_pid"
