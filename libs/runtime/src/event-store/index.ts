export * from './event-store.js';
export { PresentEventStore } from './present-event-store.js';
export { PresentForm } from './present-form.js';
export { PostgresEventStore, type PostgresEventStoreOptions } from './postgres/postgres-event-store.js';
export { installationId, isEventStorePresent, migrateEventStore, purgeAnswers } from './postgres/schema.js';
export { DatabaseClock } from './database-clock.js';
export { bindLog, rebindLog, WrongLog } from './bound-log.js';
export { openEventStore } from './open-event-store.js';
