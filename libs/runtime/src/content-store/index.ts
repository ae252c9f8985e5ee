export * from './content-store.js';
export { MemoryContentStore } from './memory-content-store.js';
export { PostgresContentStore } from './postgres-content-store.js';
