import { eventStoreConformance } from './event-store.conformance.js';
import { MemoryEventStore } from './memory-event-store.js';

eventStoreConformance('memory', async () => new MemoryEventStore());
