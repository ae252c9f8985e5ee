import type { Permission, UserRole } from '@agencyos/contracts';

/** Who makes a request, from its session or token. */
export interface Caller {
  principal: string;
  user?: { userId: string; name: string; roles: UserRole[] };
  roles: readonly UserRole[];
  groups: readonly string[];
  permissions: readonly Permission[];
  sessionId?: string;
  tokenId?: string;
  /** The session is one of a command line. */
  commandLine?: boolean;
  /** End of the session or token. */
  expiresAt?: Date;
}

/** Somebody who signed in to the dashboard, rather than a token that may lie around. */
export const isBrowserOf = ({ sessionId, commandLine }: Caller): boolean => sessionId !== undefined && !commandLine;

/** What a command sent for the caller says about them. */
export const metadataOf = ({ principal, roles, permissions }: Caller, correlationId: string) => ({
  actor: principal,
  roles: [...roles],
  permissions: [...permissions],
  stepUp: 'none' as const,
  correlationId,
});

/** What the gateway says of a command of its own that it sends for the caller. */
export const onBehalfOf = ({ principal, permissions }: Caller, correlationId: string) => ({
  onBehalfOf: principal,
  permissions: [...permissions],
  correlationId,
});
