export type { TaskContext } from '@agencyos/agent';
export { commandHandler } from '../command-handler.js';
export { Profiles } from '../isolation/profiles.js';
export { jobsDriver } from './driver.js';
