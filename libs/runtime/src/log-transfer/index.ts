export { exportLog, type TransferProgress } from './export-log.js';
export { importLog, TargetTaken } from './import-log.js';
export { BrokenExport } from './transfer-line.js';
