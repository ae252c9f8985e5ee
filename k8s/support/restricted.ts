import { containersOf, type PodTemplate } from './objects.js';

const VOLUMES = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];

/** What the profile `restricted` of Pod Security (1.34) refuses, and beside it a root file system that can be written. */
export function restrictedProblems(pod: PodTemplate): string[] {
  const { spec } = pod;
  const problems: string[] = [];
  const demand = (holds: boolean, what: string) => {
    if (!holds) problems.push(`${pod.of}: ${what}`);
  };
  const security = spec.securityContext ?? {};
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) demand(!spec[field], `${field} is set`);
  demand(!security.windowsOptions?.hostProcess, 'a host process');
  demand(security.sysctls === undefined, 'sysctls are set');
  for (const { name, ...source } of spec.volumes ?? [])
    demand(
      Object.keys(source).every((kind) => VOLUMES.includes(kind)),
      `the volume ${name} is none of ${VOLUMES.join(', ')}`,
    );
  for (const container of containersOf(pod)) {
    const own = container.securityContext ?? {};
    const of = (what: string) => `${container.name}: ${what}`;
    demand((own.runAsNonRoot ?? security.runAsNonRoot) === true, of('runAsNonRoot is not true'));
    demand((own.runAsUser ?? security.runAsUser) !== 0, of('runs as root'));
    demand(own.allowPrivilegeEscalation === false, of('may gain privileges'));
    demand(!own.privileged, of('is privileged'));
    demand(own.capabilities?.drop?.includes('ALL') === true, of('keeps capabilities'));
    demand(
      (own.capabilities?.add ?? []).every((one: string) => one === 'NET_BIND_SERVICE'),
      of('adds capabilities'),
    );
    const profile = (own.seccompProfile ?? security.seccompProfile)?.type;
    demand(['RuntimeDefault', 'Localhost'].includes(profile), of('has no seccomp profile'));
    demand(['Default', undefined].includes(own.procMount), of('has another procMount'));
    demand(
      (container.ports ?? []).every(({ hostPort }: { hostPort?: number }) => !hostPort),
      of('has a port of the host'),
    );
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
      demand(container[probe]?.httpGet?.host === undefined, of(`${probe} names a host`));
    demand(own.readOnlyRootFilesystem === true, of('may write its root file system'));
  }
  return problems;
}
