export * from './live-frames.js';
export * from './people.js';
export * from './rest.js';
