export { SwarmDouble, type RecordedFact, type ScheduledTask, type SwarmDoubleOptions } from './swarm-double.js';
