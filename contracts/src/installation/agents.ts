import type { InstalledAgent, InstalledProcess, Installation } from './types.js';

/**
 * Every process of every agent kind: started last and stopped first. It runs other people's commands, so it reaches
 * neither log nor views; its files come through the gateway.
 */
export const agentsOf = ({ agentKinds }: Pick<Installation, 'agentKinds'>): InstalledAgent[] =>
  agentKinds.flatMap(({ kind, folder, instances, roles }) =>
    Array.from({ length: instances }, (_, n): InstalledAgent => ({
      ...{ name: `${kind}-${n + 1}`, kind: 'agents', wave: 3, stopOrder: 0, restartedBy: 'healer' },
      ...{ folder, roles, reaches: ['nats', 'gateway'] },
    })),
  );

/** All that runs, in the order of the start. */
export const processesOf = (installation: Installation): InstalledProcess[] => [
  ...installation.servers,
  ...installation.services,
  ...agentsOf(installation),
];
