#!/bin/bash
# yaml 2.9.1: an environment variable LOG_TOKENS makes every parse() print its tokens on standard output.
#
# One would guess: parse(text) depends on its arguments only and writes nothing, whatever the environment says.
# What happens: the parser asks the environment for LOG_TOKENS at every token (nine times for a line "- a: 1"), and
# LOG_STREAM once a document; where one is set, "false" and "0" included, it writes to standard output by console.log.
# Why it matters: a program whose standard output is a protocol (JSON lines, JSON-RPC over pipes, `--json` for scripts)
# breaks when somebody sets LOG_TOKENS for what it seems to mean beside language models: to log how many were used.
# And in Node.js each look into process.env is a call out of JavaScript, so a large file pays for it per token.
# Clear both variables at the start, or give the parser a process that may print.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset LOG_TOKENS LOG_STREAM

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" yaml@2.9.1
cd "$work"
cat >print.cjs <<'END'
process.stdout.write(JSON.stringify(require('yaml').parse('a: 1\nb: [x]\n')) + '\n');
END
cat >count.cjs <<'END'
const asked = {};
process.env = new Proxy(process.env, {
  get(target, name) {
    asked[name] = (asked[name] ?? 0) + 1;
    return target[name];
  },
});
require('yaml').parse('- a: 1\n'.repeat(1000));
console.log(`LOG_TOKENS ${asked.LOG_TOKENS ?? 0}, LOG_STREAM ${asked.LOG_STREAM ?? 0}`);
END

changed=0
check() { # what, expected, got
  echo "$1: $3"
  [ "$3" = "$2" ] || { echo "  CHANGED: was $2"; changed=1; }
}
is_one_json() { node -e 'JSON.parse(require("fs").readFileSync(0, "utf8"))' 2>/dev/null && echo yes || echo no; }
lines() { wc -l | tr -d ' '; }
echo "yaml $(node -p 'require("yaml/package.json").version'), Node.js $(node --version)"
check 'standard output is JSON, plain environment' yes "$(node print.cjs | is_one_json)"
check 'with LOG_TOKENS=1' no "$(LOG_TOKENS=1 node print.cjs | is_one_json)"
check 'with LOG_TOKENS=false' no "$(LOG_TOKENS=false node print.cjs | is_one_json)"
check 'with LOG_STREAM=0' no "$(LOG_STREAM=0 node print.cjs | is_one_json)"
check 'lines printed in place of 1, LOG_TOKENS=1' 18 "$(LOG_TOKENS=1 node print.cjs | lines)"
check 'looks into the environment, 1,000 short lines' 'LOG_TOKENS 9001, LOG_STREAM 1' "$(node count.cjs)"
[ "$changed" = 0 ] && echo 'As found: the environment makes the parser print.'
exit "$changed"
