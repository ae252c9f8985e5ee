import preset from '../jest.preset.mjs';

// Real servers on a busy machine: what a test waits for may take a while, and is waited for by condition.
export default { ...preset, rootDir: import.meta.dirname };
