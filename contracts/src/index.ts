export * from './core/index.js';
export * from './core/new-id.js';
export * from './registry.js';
export * from './gateway/index.js';
