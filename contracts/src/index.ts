export * from './core/index.js';
export * from './kanban/index.js';
export * from './swarm/index.js';
export * from './approvals/index.js';
export * from './healer/index.js';
export * from './identity/index.js';
export * from './gateway/index.js';
export * from './registry.js';
