/**
 * Ends this process now that its work is done, whatever is open. `process.exit` waits for every thread of the pool that
 * is busy: a name that is looked up or a file that does not answer keeps it for as long as they like. The supervisor
 * has asked for the end and needs no exit code, so there the process leaves at once.
 */
export function endProcess(code: number): void {
  if (process.env['AGENCYOS_SUPERVISED'] === '1' && process.platform !== 'win32') process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}
