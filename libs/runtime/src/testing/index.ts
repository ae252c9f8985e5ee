export { MemoryContentStore } from '../content-store/memory-content-store.js';
export { MemoryEventStore } from '../event-store/memory-event-store.js';
export { corpus, frozenEvents, type History } from './histories.js';
export { MemoryRows } from './memory-rows.js';
export { replay, type Effects, type Replayed } from './replay.js';
export { snapshotKey } from './snapshot-keys.js';
