import type { LoggerService } from '@nestjs/common';
import { pino, type Logger as PinoLogger } from 'pino';
import type { RuntimeConfig } from './config.js';

/** Structured logger; also the injection token. Never log secrets or free text of people. */
export abstract class Logger {
  abstract info(fields: object, message: string): void;
  abstract warn(fields: object, message: string): void;
  abstract error(fields: object, message: string): void;
  abstract debug(fields: object, message: string): void;
  abstract child(fields: object): Logger;
}

export function createLogger(config: Pick<RuntimeConfig, 'name' | 'instanceId' | 'logLevel'>): Logger {
  return pino({
    level: config.logLevel,
    base: { service: config.name, instance: config.instanceId },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['password', 'token', 'authorization', '*.password', '*.token'],
  }) as PinoLogger as unknown as Logger;
}

/** Nest's own messages through the same log. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}
  log(message: unknown, context?: string) {
    this.logger.debug({ context }, String(message));
  }
  warn(message: unknown, context?: string) {
    this.logger.warn({ context }, String(message));
  }
  error(message: unknown, stack?: string, context?: string) {
    this.logger.error({ context, stack }, String(message));
  }
}
