export * from './decider.js';
export * from './reject.js';
export * from './rejection.js';
