export { backupText, type BackupMade, type BackupSource } from './write-backup.js';
export { checkBackup, NewerBackup, type BackupSummary, type OpenBackup } from './read-backup.js';
export { restoreBackup, ViewsDiffer, type RestoreTarget, type WantedViews } from './restore-backup.js';
export type { BackupCounts, ViewsLine } from './backup-line.js';
