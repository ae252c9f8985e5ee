export * from './core/index.js';
export * from './registry.js';
export * from './gateway/index.js';
