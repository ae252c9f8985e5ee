export * from './scalars.js';
export * from './types.js';
export * from './ids.js';
export * from './define.js';
export * from './permissions.js';
export * from './envelope.js';
export * from './subjects.js';
export * from './limited.js';
