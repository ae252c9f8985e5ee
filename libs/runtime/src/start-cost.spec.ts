import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Packages that are loaded with a file, by its static imports and theirs. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  const source = readFileSync(file, 'utf8');
  for (const [, from] of source.matchAll(/^(?:import|export)\s(?!type\b)[^;]*?'([^']+)';/gm)) {
    if (!from!.startsWith('.')) packages.add(from!);
    else for (const name of packagesOf(join(dirname(file), from!.replace(/\.js$/, '.ts')), seen)) packages.add(name);
  }
  return packages;
}

describe('what every service loads at its start', () => {
  const loaded = packagesOf(join(import.meta.dirname, 'index.ts'));

  it('is found by its imports', () => {
    expect([...loaded]).toEqual(expect.arrayContaining(['pg', 'typeorm', '@nestjs/core']));
    const adapter = packagesOf(join(import.meta.dirname, 'event-store/kurrentdb/index.ts'));
    expect(adapter).toContain('@kurrent/kurrentdb-client');
  });

  it('is no client of KurrentDB with gRPC below it: it costs time to start and memory', () => {
    expect([...loaded].filter((name) => /kurrent|grpc|protobuf/.test(name))).toEqual([]);
  });

  it('is no exporter of traces', () => {
    expect([...loaded].filter((name) => name.startsWith('@opentelemetry/'))).toEqual(['@opentelemetry/api']);
  });
});
