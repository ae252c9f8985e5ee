export * from './live-frames.js';
export * from './rest.js';
