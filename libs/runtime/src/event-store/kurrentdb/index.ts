/** Beside the rest of the runtime: the client below it costs a process that does not use it time to start and memory. */
export { KurrentDbEventStore, type KurrentDbEventStoreOptions } from './kurrentdb-event-store.js';
