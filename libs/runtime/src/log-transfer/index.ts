export { exportLog, type TransferProgress } from './export-log.js';
export { importLog } from './import-log.js';
export { TargetTaken } from './write-log.js';
export { BrokenExport } from './transfer-line.js';
