// What services use of the runtime in specs without servers. Its whole index brings NestJS, TypeORM and the clients of NATS
// and PostgreSQL along, which takes seconds for each spec, and a mutant is tried by several.
export * from '../../libs/runtime/dist/background.js';
export * from '../../libs/runtime/dist/define-consumers.js';
export * from '../../libs/runtime/dist/define-projection.js';
export * from '../../libs/runtime/dist/digest.js';
export * from '../../libs/runtime/dist/event-store/event-store.js';
export * from '../../libs/runtime/dist/problem.js';
export { factOf } from '../../libs/runtime/dist/consumers/feed.js';
export { Standing } from '../../libs/runtime/dist/consumers/standing.js';
export { MemoryContentStore } from '../../libs/runtime/dist/content-store/memory-content-store.js';
export { MemoryEventStore } from '../../libs/runtime/dist/event-store/memory-event-store.js';
export { isOwnInbox } from '../../libs/runtime/dist/messaging/own-inbox.js';
export { MemoryRows } from '../../libs/runtime/dist/testing/memory-rows.js';
export { isNotPermitted, isTransient } from '../../libs/runtime/dist/transient.js';
export { within } from '../../libs/runtime/dist/within.js';
