#!/bin/bash
# TypeORM 1.1.1: showMigrations() writes.
#
# One would guess: it tells whether migrations are pending, and changes nothing; so whoever may only read can ask, and any
# number of processes at once.
# What happens: it makes the table of the migrations where there is none, before it says anything.
# Why it matters: asked by several processes at the first start of an empty database, all of them make the table, and some
# fail; a role without CREATE fails always. To look only, read the table with a query of one's own.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" typeorm@1.1.1 sql.js@1.13.0 reflect-metadata@0.2.2
cat >"$work/probe.mjs" <<'END'
import 'reflect-metadata';
import { DataSource } from 'typeorm';
class First1700000000000 {
  name = 'First1700000000000';
  async up() {}
  async down() {}
}
const database = await new DataSource({ type: 'sqljs', migrations: [First1700000000000] }).initialize();
const tables = async () => (await database.query(`SELECT name FROM sqlite_master WHERE type = 'table'`)).map(({ name }) => name).filter((name) => !name.startsWith('sqlite_'));
console.log('tables before:', JSON.stringify(await tables()));
console.log('pending:', await database.showMigrations());
console.log('tables after:', JSON.stringify(await tables()));
END
said=$(cd "$work" && node probe.mjs)
echo "$said" | grep -E '^(tables|pending)'
grep -q '^tables before: \[\]' <<<"$said" && grep -q '^pending: true' <<<"$said" && grep -q '^tables after: \["migrations"\]' <<<"$said" ||
  { echo 'It behaves otherwise now.'; exit 1; }
