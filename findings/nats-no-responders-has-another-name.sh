#!/bin/bash
# @nats-io/transport-node 3.4.0: the error of "no responders" is not named like its class, the other errors are.
#
# One would guess: error.name is the class's name, as for TimeoutError, RequestError and all the others that the
# package exports, so that a list of names (in a retry rule, a log filter, a message from another process, where
# instanceof cannot be used) says 'NoRespondersError'.
# What happens: of a request that nobody serves, error.name is 'RequestError' and error.cause.name is 'NoResponders',
# though the cause's class is NoRespondersError; it is the only exported error whose name differs.
# Why it matters: the list misses the one error that means "nobody is there, try again later", without a failure
# anywhere. Test instanceof on the cause, or name it as it is.
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
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" @nats-io/transport-node@3.4.0

"$work/server/usr/sbin/nats-server" -a 127.0.0.1 -p -1 --ports_file_dir "$work" 2>"$work/server.log" &
server_pid=$!
for _ in $(seq 100); do [ -s "$work/nats-server_$server_pid.ports" ] && break; sleep 0.1; done

cat >"$work/probe.mjs" <<'END'
import * as nats from '@nats-io/transport-node';
import { readFileSync } from 'node:fs';

const [folder, pid] = process.argv.slice(2);
const [url] = JSON.parse(readFileSync(`${folder}/nats-server_${pid}.ports`, 'utf8')).nats;
const connection = await nats.connect({ servers: url });
const error = await connection.request('nobody.serves.this').catch((reason) => reason);
await connection.close();

const classes = Object.values(nats).filter((one) => one?.prototype instanceof Error);
const odd = classes.filter((Class) => new Class('text').name !== Class.name).map((Class) => Class.name);
console.log(`request: name ${error.name}, class ${error.constructor.name}`);
console.log(`its cause: name ${error.cause.name}, class ${error.cause.constructor.name}`);
console.log(`exported error classes: ${classes.length}, named otherwise than their class: ${odd.join(', ') || 'none'}`);
const same =
  error instanceof nats.RequestError &&
  error.cause instanceof nats.NoRespondersError &&
  error.cause.name === 'NoResponders' &&
  classes.length > 10 &&
  odd.join() === 'NoRespondersError';
console.log(same ? 'As found: one name differs from its class.' : 'CHANGED: not as found.');
process.exitCode = same ? 0 : 1;
END
npm ls --prefix "$work" --depth 0 | grep transport-node
node "$work/probe.mjs" "$work" "$server_pid"
