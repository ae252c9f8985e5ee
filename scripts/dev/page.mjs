import { join } from 'node:path';
import { projectNode } from '../../supervisor/bin/install.mjs';
import { Problem } from '../../supervisor/bin/problem.mjs';
import { runCommand } from '../../supervisor/bin/run-command.mjs';

/**
 * Angular's development server: rebuilds and reloads, and passes the API and its WebSocket on to the gateway
 * (dashboard/proxy.conf.mjs).
 * @returns {Promise<never>} rejects once it has ended
 */
export async function servePage(projectRoot, gatewayUrl, port) {
  const folder = join(projectRoot, 'dashboard');
  const ng = join(projectRoot, 'node_modules/@angular/cli/bin/ng.js');
  const own = { AGENCYOS_GATEWAY: gatewayUrl, AGENCYOS_PAGE: `http://127.0.0.1:${port}`, NG_CLI_ANALYTICS: 'false' };
  const { code } = await runCommand(projectNode(projectRoot), [ng, 'serve', '--port', String(port)], {
    cwd: folder,
    env: { ...process.env, ...own },
    onLine: (line) => console.log(line),
  });
  throw new Problem(`The page's server has ended (${code}): see above. Is port ${port} free? Take another one by --page-port.`);
}
