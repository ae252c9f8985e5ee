export { corpus, frozenEvents, type History } from './histories.js';
export { MemoryRows } from './memory-rows.js';
export { replay, type Effects, type Replayed } from './replay.js';
export { snapshotKey } from './snapshot-keys.js';
