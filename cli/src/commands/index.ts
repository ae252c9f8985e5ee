import type { Command } from '../command.js';
import { approveCommand, rejectCommand } from './approve.js';
import { backupCommand, restoreCommand } from './backup.js';
import { boardCommand } from './board.js';
import { boardsCommand } from './boards.js';
import { agentCommand, subscriberCommand } from './credentials.js';
import { demoCommand } from './demo.js';
import { groupCommand } from './group.js';
import { logCommand } from './log.js';
import { loginCommand, logoutCommand } from './login.js';
import { logsCommand } from './logs.js';
import { parkedCommand } from './parked.js';
import { resetPasswordCommand } from './reset-password.js';
import { restartCommand } from './restart.js';
import { runCommand } from './run.js';
import { passwordCommand, sessionCommand } from './session.js';
import { showCommand } from './show.js';
import { statusCommand } from './status.js';
import { tokenCommand } from './token.js';
import { upgradeCommand } from './upgrade.js';
import { userCommand } from './user.js';

/** Every command, in the order of the overview. */
export const commands: Record<string, Command> = {
  run: runCommand,
  status: statusCommand,
  show: showCommand,
  approve: approveCommand,
  reject: rejectCommand,
  logs: logsCommand,
  boards: boardsCommand,
  board: boardCommand,
  login: loginCommand,
  logout: logoutCommand,
  token: tokenCommand,
  session: sessionCommand,
  password: passwordCommand,
  user: userCommand,
  group: groupCommand,
  'reset-password': resetPasswordCommand,
  agent: agentCommand,
  subscriber: subscriberCommand,
  restart: restartCommand,
  parked: parkedCommand,
  upgrade: upgradeCommand,
  log: logCommand,
  backup: backupCommand,
  restore: restoreCommand,
  demo: demoCommand,
};
