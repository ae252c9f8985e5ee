export * from './decider.js';
export * from './rejection.js';
