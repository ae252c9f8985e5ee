import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { RuntimeConfig } from '@agencyos/runtime';
import { Injectable } from '@nestjs/common';
import { readSecretFile, writeSecretFile } from './secret-file.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The folder of this gateway, which replicas on the same disk share and others have for themselves. */
@Injectable()
export class DataFolder {
  constructor(private readonly runtime: RuntimeConfig) {}

  /** Its own name, whatever path leads to it; undefined when there is no folder. */
  async place(): Promise<string | undefined> {
    const { dataDir } = this.runtime;
    if (!dataDir) return undefined;
    const file = join(dataDir, 'place');
    const known = await readSecretFile(file);
    if (known && UUID.test(known)) return known;
    const place = randomUUID();
    await writeSecretFile(file, place);
    return place;
  }
}
