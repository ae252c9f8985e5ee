import type { InstalledService } from '@agencyos/contracts/installation';

/** What one credential of the product's own account may publish and subscribe to; the server denies everything else. */
export interface SubjectPermissions {
  publish: string[];
  subscribe: string[];
  /** May answer where it was asked to, once per message; the runtime looks whether that is the asker's own inbox. */
  mayReply: boolean;
}

/** The subjects of a service; NATS refuses it everything else. */
export function permissionsOf({ name, context, views, publish, subscribe }: InstalledService): SubjectPermissions {
  return {
    publish: [
      `agencyos.cmd.*.*.${name}`,
      `agencyos.qry.*.*.${name}`,
      ...views.map((kind) => `agencyos.view.${kind}.*`),
      `agencyos.viewhead.${context}`,
      `agencyos.hb.service.${name}`,
      ...publish,
    ],
    subscribe: [`_INBOX_${name}.>`, 'agencyos.evt.>', `agencyos.cmd.${context}.*.*`, `agencyos.qry.${context}.*.*`, ...subscribe],
    mayReply: true,
  };
}
