import { deserialize, serialize } from 'node:v8';
import { setupZonelessTestEnv } from 'jest-preset-angular/setup-env/zoneless/index.mjs';

// Every browser has it, jsdom does not.
globalThis.structuredClone ??= <T>(value: T): T => deserialize(serialize(value)) as T;

setupZonelessTestEnv();
