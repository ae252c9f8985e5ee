#!/bin/bash
# nats-server 2.10.27: a new account gets its stream imports by the first reload, its service imports by the second.
#
# One would guess: after a reload (SIGHUP) that the server has logged as done, an account that the new configuration
# adds works as a whole: messages and requests reach it over its imports, as they would after a restart.
# What happens: the account is there, its users log in and an imported *stream* arrives at once. A request to an
# imported *service* is answered "no responders", and stays so, though the other account's service is running.
# A second reload of the very same file mends it.
# Why it matters: who adds an account for each credential at run time gets a client that logs in and then finds every
# service gone, which reads as "the service is down". Reload twice, or prove the reload by a request over the import.
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

shop='SHOP: { users: [{ user: shop, password: shop }], exports: [{ service: "price" }, { stream: "news" }] }'
team='TEAM: { users: [{ user: team, password: team }], imports: [
  { service: { account: SHOP, subject: "price" } }, { stream: { account: SHOP, subject: "news" } }] }'
settings="host: 127.0.0.1
port: -1
ports_file_dir: \"$work\""
printf '%s\naccounts {\n%s\n}\n' "$settings" "$shop" >"$work/nats.conf"
printf '%s\naccounts {\n%s\n%s\n}\n' "$settings" "$shop" "$team" >"$work/with-team.conf"

"$work/server/usr/sbin/nats-server" -c "$work/nats.conf" 2>"$work/server.log" &
server_pid=$!
for _ in $(seq 100); do [ -s "$work/nats-server_$server_pid.ports" ] && break; sleep 0.1; done

cat >"$work/probe.mjs" <<'END'
import { connect } from '@nats-io/transport-node';
import { copyFileSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const [folder, pid] = process.argv.slice(2);
const [url] = JSON.parse(readFileSync(`${folder}/nats-server_${pid}.ports`, 'utf8')).nats;
const login = (name) => connect({ servers: url, user: name, pass: name, reconnect: false });
const reloads = () => readFileSync(`${folder}/server.log`, 'utf8').split('Reloaded server configuration').length - 1;

async function reload() {
  const wanted = reloads() + 1;
  process.kill(Number(pid), 'SIGHUP');
  for (let tries = 0; reloads() < wanted; tries++) {
    if (tries > 200) throw new Error('the server has not reloaded within 10 s');
    await pause(50);
  }
}

async function look(shop) {
  const team = await login('team');
  let news = 0;
  team.subscribe('news', { callback: () => news++ });
  await team.flush();
  shop.publish('news');
  await shop.flush();
  const answers = [];
  for (let tries = 0; tries < 4; tries++) {
    const said = await team.request('price', '', { timeout: 3000 }).then((m) => m.string(), (e) => e.message);
    answers.push(said.startsWith('no responders') ? 'no responders' : said);
    await pause(250);
  }
  await team.close();
  return `stream ${news ? 'arrives' : 'silent'}, service: ${answers.join(', ')}`;
}

const shop = await login('shop');
shop.subscribe('price', { callback: (_, message) => message.respond('42') });
await shop.flush();
copyFileSync(`${folder}/with-team.conf`, `${folder}/nats.conf`);
const seen = [];
for (const nth of ['first', 'second']) {
  await reload();
  seen.push(await look(shop));
  console.log(`after the ${nth} reload: ${seen.at(-1)}`);
}
await shop.close();
const none = Array(4).fill('no responders').join(', ');
const same = seen[0] === `stream arrives, service: ${none}` && seen[1] === 'stream arrives, service: 42, 42, 42, 42';
console.log(same ? 'As found: the service import needs a second reload.' : 'CHANGED: not as found.');
process.exitCode = same ? 0 : 1;
END
"$work/server/usr/sbin/nats-server" --version
node "$work/probe.mjs" "$work" "$server_pid"
