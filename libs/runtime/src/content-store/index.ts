export * from './content-store.js';
export { PostgresContentStore } from './postgres-content-store.js';
