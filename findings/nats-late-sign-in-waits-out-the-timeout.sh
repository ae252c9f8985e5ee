#!/bin/bash
# @nats-io/transport-node 3.4.0 with nats-server 2.10.27: a client that signs in too late does not notice that it was let go.
#
# One would guess: a server that ends a connection because the client has not signed its challenge in time (2 s unless
# it is set) says so and closes the socket, so the client knows at once and tries again after reconnectTimeWait.
# What happens: the server does both. A client whose process was busy meanwhile sends its signature, hears nothing of
# the refusal and of the end, and waits out its own connection timeout (20 s by default) before the next try; a first
# connect fails with TimeoutError then.
# Why it matters: when a server comes back, everybody signs in at once on a machine that is busy with just that, and
# whoever is two seconds late is away for twenty. Set the server's authorization timeout to what a busy machine needs,
# or the client's timeout to what one can wait.
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
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" @nats-io/transport-node@3.4.0 @nats-io/nkeys@2.0.3

node --input-type=module - "$work" <<'END'
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
const [folder] = process.argv.slice(2);
const { createUser } = createRequire(`${folder}/`)('@nats-io/nkeys');
const user = createUser();
writeFileSync(`${folder}/seed`, user.getSeed());
writeFileSync(
  `${folder}/server.conf`,
  `host: 127.0.0.1\nport: -1\nauthorization { users: [ { nkey: ${user.getPublicKey()} } ] }\n`,
);
END
"$work/server/usr/sbin/nats-server" -c "$work/server.conf" --ports_file_dir "$work" 2>"$work/server.log" &
server_pid=$!
for _ in $(seq 100); do [ -s "$work/nats-server_$server_pid.ports" ] && break; sleep 0.1; done

cat >"$work/probe.mjs" <<'END'
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';

const [folder, pid] = process.argv.slice(2);
const [url] = JSON.parse(readFileSync(`${folder}/nats-server_${pid}.ports`, 'utf8')).nats;
const sign = nkeyAuthenticator(new Uint8Array(readFileSync(`${folder}/seed`)));

/** How long the server lets somebody stay who signs nothing, and its last words. */
function silentGuest() {
  const from = performance.now();
  const { hostname, port } = new URL(url.replace('nats:', 'http:'));
  return new Promise((resolve) => {
    let words = '';
    const socket = createConnection(Number(port), hostname);
    socket.on('data', (text) => (words += text));
    socket.on('close', () => resolve({ ms: performance.now() - from, words }));
  });
}

/** How long a client is away whose next sign-in takes four seconds, as if its machine were busy. */
async function lateClient(timeout) {
  let late = false;
  const authenticator = (nonce) => {
    if (late) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4_000);
    late = false;
    return sign(nonce);
  };
  const connection = await connect({ servers: url, authenticator, maxReconnectAttempts: -1, reconnectTimeWait: 100, timeout });
  const back = (async () => {
    for await (const { type } of connection.status()) if (type === 'reconnect') return performance.now();
  })();
  late = true;
  const from = performance.now();
  await connection.reconnect();
  const away = (await back) - from;
  await connection.close();
  return away;
}

const guest = await silentGuest();
const [short, long] = [await lateClient(8_000), await lateClient(12_000)];
console.log(`a socket that signs nothing is closed after ${Math.round(guest.ms)} ms: ${/-ERR.*/.exec(guest.words)?.[0]}`);
console.log(`a late client with a timeout of 8 s is away for ${Math.round(short)} ms, with one of 12 s for ${Math.round(long)} ms`);
const same = guest.ms < 6_000 && /Authentication Timeout/.test(guest.words) && short >= 7_900 && long >= 11_900;
console.log(same ? 'As found: it waits out its own timeout.' : 'CHANGED: not as found.');
process.exitCode = same ? 0 : 1;
END
npm ls --prefix "$work" --depth 0 | grep transport-node
node "$work/probe.mjs" "$work" "$server_pid"
