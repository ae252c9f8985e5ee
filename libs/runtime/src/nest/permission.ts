import { SetMetadata, type INestApplication } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { Permission } from '@agencyos/contracts';

/**
 * `public`: anyone. `session`: any signed-in principal. `command`: as the command's own definition says.
 * `internal`: only credentials that NATS lets publish the subject. `figures`: anyone on a service's own health port,
 * which listens to this machine alone; `ops:read` where people reach it.
 */
export type Required = Permission | 'public' | 'session' | 'command' | 'internal' | 'figures';

const KEY = 'agencyos:permission';
/** What a handler needs. Every route, message pattern and WebSocket message must have one, or the process does not start. */
export const Requires = (permission: Required) => SetMetadata(KEY, permission);

export function permissionOf(handler: object, owner?: object): Required | undefined {
  return (Reflect.getMetadata(KEY, handler) ?? (owner && Reflect.getMetadata(KEY, owner))) as Required | undefined;
}

/** Nest's own metadata of things that can be called from outside: HTTP path, message pattern, WebSocket message. */
const ENTRY_POINTS = ['path', 'microservices:pattern', 'message'];

/** @throws Error naming every handler without a permission */
export function assertPermissionsDeclared(app: INestApplication): void {
  const scanner = new MetadataScanner();
  const open: string[] = [];
  const discovery = app.get(DiscoveryService, { strict: false });
  for (const { instance } of [...discovery.getControllers(), ...discovery.getProviders()]) {
    if (!instance || typeof instance !== 'object') continue;
    const prototype = Object.getPrototypeOf(instance) as object | null;
    if (!prototype || prototype === Object.prototype) continue;
    for (const method of scanner.getAllMethodNames(prototype)) {
      const handler = (prototype as Record<string, unknown>)[method];
      if (typeof handler !== 'function' || !ENTRY_POINTS.some((key) => Reflect.hasMetadata(key, handler))) continue;
      if (!permissionOf(handler, instance.constructor)) open.push(`${instance.constructor.name}.${method}`);
    }
  }
  if (open.length > 0) throw new Error(`no permission is declared for ${open.join(', ')}`);
}
