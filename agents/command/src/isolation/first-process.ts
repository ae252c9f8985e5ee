/**
 * What runs as process 1 of a sandbox, in any POSIX shell. It is there because a program that is process 1 itself
 * ignores signals and collects no orphans, and because the command's environment must not touch what builds the
 * sandbox with more rights (`LD_PRELOAD` would). When it ends, the kernel ends all that is left of the sandbox.
 *
 * Read from stdin: the environment, one `export` a line, then an empty line; a further line means "SIGTERM to all".
 * Told on descriptor 3: `started` when the sandbox stands, then why the program could not be run.
 *
 * It signals every process it can see, so it refuses to be anything but process 1 of a process space of its own.
 */
export const firstProcess = `[ $$ = 1 ] || exit 125
exec 4>&2 2>/dev/null 5<&0 </dev/null
unset OLDPWD
agencyos_newline='
'
while IFS= read -r agencyos_line <&5 && [ -n "$agencyos_line" ]; do eval "$agencyos_line"; done
unset agencyos_newline agencyos_line
echo started >&3
{ read -r _ && kill -TERM -1; } <&5 >/dev/null 3>&- 4>&- 5<&- &
exec 5<&-
(exec "$@" 2>&4 3>&- 4>&-)
code=$?
case $code in 126 | 127)
  program=$(command -v -- "$1") || echo command_not_found >&3
  [ -z "$program" ] || { [ -x "$program" ] && [ ! -d "$program" ]; } || echo not_executable >&3
esac
exit $code
`;

/** Names that a shell can export. */
const shellName = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The environment as {@link firstProcess} reads it. @throws Error on a name that no shell can export */
export function environmentLines(env: Readonly<Record<string, string>>): string {
  const lines = Object.entries(env).map(([name, value]) => {
    if (!shellName.test(name)) throw new Error(`The environment cannot hold a variable called "${name}".`);
    if (value.includes('\0')) throw new Error(`The value of ${name} contains a NUL character.`);
    return `export ${name}='${value.replaceAll("'", `'\\''`).replaceAll('\n', `'"$agencyos_newline"'`)}'\n`;
  });
  return `${lines.join('')}\n`;
}
